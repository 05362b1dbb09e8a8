#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> kind;
    bit<8>  a;
    bit<8>  b;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<2> colour;
    bit<2> direct;
}

struct two_t {
    @match(ternary)
    bit<8> a;
    @match(exact)
    bit<8> b;
}

parser start_parser(packet_in packet, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    value_set<bit<16>>(4) kinds;
    value_set<two_t>(4) pairs;
    state start {
        packet.extract(hdr.h);
        transition select(hdr.h.kind) {
            kinds: known;
            default: accept;
        }
    }
    state known {
        transition select(hdr.h.a, hdr.h.b) {
            pairs: accept;
            default: reject;
        }
    }
}

control check_sums(inout headers_t hdr, inout meta_t meta) {
    apply {}
}

control ingress(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    meter(8, MeterType.bytes) rates;
    direct_meter<bit<2>>(MeterType.packets) each;

    action to(bit<9> port) {
        each.read(meta.direct);
        std.egress_spec = port;
    }
    table ports {
        key = {
            hdr.h.a : exact;
        }
        actions = {
            to;
        }
        default_action = to(0);
        meters = each;
    }
    apply {
        rates.execute_meter((bit<32>)hdr.h.b, meta.colour);
        ports.apply();
    }
}

control egress(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {}
}

control make_sums(inout headers_t hdr, inout meta_t meta) {
    apply {}
}

control deparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.h);
    }
}

V1Switch(start_parser(), check_sums(), ingress(), egress(), make_sums(), deparser()) main;
