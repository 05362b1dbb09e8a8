// Source routing: the sender writes the ports that the packet is to take into the packet.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

// ANCHOR: headers
header hop_t {
    bit<1>  last;
    bit<15> port;
}

struct headers_t {
    ethernet_t ethernet;
    hop_t[8]   hops;
}
// ANCHOR_END: headers

struct metadata_t {}

// ANCHOR: parser
parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x1235: hop;
            default: accept;
        }
    }

    state hop {
        packet.extract(hdr.hops.next);
        transition select(hdr.hops.last.last) {
            1: accept;
            default: hop;
        }
    }
}
// ANCHOR_END: parser

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

// ANCHOR: ingress
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        if (std.parser_error != error.NoError || !hdr.hops[0].isValid()) {
            mark_to_drop(std);
            exit;
        }
        std.egress_spec = (bit<9>)hdr.hops[0].port;
        hdr.hops.pop_front(1);
        if (!hdr.hops[0].isValid()) {
            hdr.ethernet.type = 0x0800;
        }
    }
}
// ANCHOR_END: ingress

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
