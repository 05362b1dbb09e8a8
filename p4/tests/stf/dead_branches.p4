// Branches that constants and constructor parameters decide (15, 18.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
}

const bool DEBUG = false;
control Maybe(inout bit<8> x)(bool on, bit<8> n) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply {
        if (on) {
            t.apply();
            x = x + n;
        } else if (n == 5) {
            x = x + 0x50;
        }
    }
}

struct headers_t {
    h_t h;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Maybe(true, 1) one;
    Maybe(false, 5) two;
    Maybe(false, 6) three;

    apply {
        std.egress_spec = 1;
        if (DEBUG) { hdr.h.a = 0xff; }
        one.apply(hdr.h.a);
        two.apply(hdr.h.a);
        three.apply(hdr.h.a);
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
