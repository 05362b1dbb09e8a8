// Fields and elements of compound constants are known at compile time (18.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> a;
    bit<8> b;
    bit<8> c;
}

struct s_t { bit<8> a; bit<8> b; }
const s_t S0 = { b = 16, a = 8 };
const tuple<bit<8>, s_t> T0 = { 4, { 1, 2 } };
const bit<(S0.b)> WIDE = 0xabcd;

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
        bit<(S0.a + T0[0])> x = 0xfff;
        hdr.h.a = WIDE;
        hdr.h.b = hdr.h.b[T0[0] + 3:T0[1].b - 2] + S0.a;
        hdr.h.c = x[S0.a - 1:0];
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
