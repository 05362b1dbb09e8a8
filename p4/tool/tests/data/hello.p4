// Sends every packet back to where it came from, as the table says.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> kind;
}

struct headers {
    ethernet_t eth;
}

struct metadata {
}

parser the_parser(packet_in b, out headers hdr, inout metadata m, inout standard_metadata_t s) {
    state start {
        b.extract(hdr.eth);
        transition accept;
    }
}

control verify_sum(inout headers hdr, inout metadata m) {
    apply { }
}

control ingress(inout headers hdr, inout metadata m, inout standard_metadata_t s) {
    action back() {
        bit<48> other = hdr.eth.dst;
        hdr.eth.dst = hdr.eth.src;
        hdr.eth.src = other;
        s.egress_spec = s.ingress_port;
    }
    action out_of(bit<9> port) {
        s.egress_spec = port;
    }
    action drop() {
        mark_to_drop(s);
    }
    table hosts {
        key = { hdr.eth.kind: exact; }
        actions = { back; out_of; drop; }
        const default_action = drop();
        entries = {
            0x0800: back();
            0x0806: out_of(511);
        }
    }
    apply {
        hosts.apply();
    }
}

control egress(inout headers hdr, inout metadata m, inout standard_metadata_t s) {
    apply { }
}

control update_sum(inout headers hdr, inout metadata m) {
    apply { }
}

control deparse(packet_out b, in headers hdr) {
    apply {
        b.emit(hdr);
    }
}

V1Switch(the_parser(), verify_sum(), ingress(), egress(), update_sum(), deparse()) main;
