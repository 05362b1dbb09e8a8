// exit copies out through every caller on its way (12.5).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
}

control A(inout bit<8> x) {
    apply {
        x = x + 1;
        if (x == 6) { exit; }
        x = x + 0x10;
    }
}
control B(inout bit<8> y, out bit<8> z) {
    apply {
        z = 9;
        A.apply(y);
        z = 8;
    }
}
control C(inout bit<8> p, inout bit<8> q) {
    B() b;
    apply {
        b.apply(p, q);
        p = p + 0x20;
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
    apply {
        std.egress_spec = 1;
        C.apply(hdr.h.a, hdr.h.b);
        hdr.h.c = 1;
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
