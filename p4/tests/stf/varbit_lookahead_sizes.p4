// varbit: assign, compare, stack of
#include <core.p4>
#include <v1model.p4>

header v_t { bit<8> l; varbit<64> d; }
header r_t { bit<8> r; }

struct headers_t {
    v_t x;
    v_t y;
    r_t r;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.x, (bit<32>) pkt.lookahead<bit<8>>() * 8);
        pkt.extract(hdr.y, (bit<32>) (pkt.lookahead<bit<8>>()) << 3);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.r.setValid();
        hdr.r.r = hdr.x.d == hdr.y.d ? 8w1 : 0;
        if (hdr.x != hdr.y) {
            hdr.y = hdr.x;
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
