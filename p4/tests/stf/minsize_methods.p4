// Sizes of expressions and types, known at compile time (9).
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<8> e; bit<8> f; }
header v_t { bit<8> a; varbit<64> v; }
header w_t { bit<16> x; }
header_union u_t { v_t v; w_t w; }
struct s_t { bit<13> a; bool b; int<2> c; }
struct headers_t { h_t h; w_t[3] stack; }
struct meta_t { }

parser P(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}
control V(inout headers_t hdr, inout meta_t meta) { apply { } }
control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    s_t s;
    v_t v;
    u_t u;
    apply {
        std.egress_spec = 1;
        hdr.h.a = (bit<8>)s.minSizeInBits();
        hdr.h.b = (bit<8>)v.maxSizeInBytes() + (bit<8>)v.minSizeInBits();
        hdr.h.c = (bit<8>)u.maxSizeInBits();
        hdr.h.d = (bit<8>)u.minSizeInBits();
        hdr.h.e = (bit<8>)hdr.stack.minSizeInBytes();
        hdr.h.f = (bit<8>)(hdr.h.minSizeInBits() + s.a.maxSizeInBytes());
    }
}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) { apply { } }
control C(inout headers_t hdr, inout meta_t meta) { apply { } }
control D(packet_out pkt, in headers_t hdr) { apply { pkt.emit(hdr); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
