// Tells its controller something of everything.
#include <core.p4>
#include <v1model.p4>

enum bit<7> class_t {
    RED  = 1,
    BLUE = 2
}

@controller_header("packet_in")
header packet_in_t {
    bit<9>  port;
    class_t class;
    bit<48> station;
}

@controller_header("packet_out")
header packet_out_t {
    bit<9>  port;
    class_t class;
}

header plain_t {
    bit<32>  src_addr;
    bit<100> wide;
    bit<4>   rest;
}

struct headers_t {
    packet_in_t  to_controller;
    packet_out_t from_controller;
    plain_t      plain;
}

struct metadata_t {
    class_t class;
}

struct flow_t {
    class_t  class;
    bit<32>  src_addr;
    bit<100> wide;
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.plain);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action learn() {
        digest<flow_t>(1, { meta.class, hdr.plain.src_addr, hdr.plain.wide });
    }

    action known(bit<9> port) {
        std.egress_spec = port;
    }

    table stations {
        key = { hdr.plain.src_addr: exact @name("src_addr"); }
        actions = { known; learn; }
        default_action = learn();
        support_timeout = true;
        size = 4;
    }

    table narrow {
        key = { hdr.plain.rest: exact @name("rest"); std.ingress_port: ternary @name("port"); }
        actions = { known; NoAction; }
        default_action = NoAction();
    }

    table fixed {
        key = { hdr.plain.src_addr: exact @name("src_addr"); }
        actions = { NoAction; }
        const entries = { 1: NoAction(); }
    }

    apply {
        stations.apply();
        narrow.apply();
        fixed.apply();
    }
}

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
