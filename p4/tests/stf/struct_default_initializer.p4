// `...` gives the fields that are not named their default values (8.28, 7.3).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
    bit<8> r3;
    bit<8> r4;
}

enum bit<8> N { one = 1, two = 2 }
struct s_t { bit<8> a; bool b; N n; bit<8> d; }

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
        s_t s = { d = 9, ... };
        s_t t = { 3, true, ... };
        s_t u = ...;
        hdr.h.r0 = s.a + s.d;
        hdr.h.r1 = s.n;
        hdr.h.r2 = t.a;
        if (t.b && !s.b) { hdr.h.r3 = 1; }
        hdr.h.r4 = u.a + u.d + t.d;
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
