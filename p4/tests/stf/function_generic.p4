// Functions with type parameters, inferred and written (10, 8.26).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
    bit<16> d;
    bit<8> r;
}

T pick<T>(in bool first, in T a, in T b) {
    if (first) { return a; }
    return b;
}
void swap<T>(inout T a, inout T b) {
    T t = a;
    a = b;
    b = t;
}
struct p_t { bit<8> x; bit<8> y; }

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
        swap(hdr.h.a, hdr.h.b);
        swap<bit<16>>(hdr.h.c, hdr.h.d);
        p_t one = { 1, 2 };
        p_t two = { 3, 4 };
        hdr.h.r = pick(hdr.h.a > hdr.h.b, one, two).y;
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
