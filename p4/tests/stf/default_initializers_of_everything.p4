// ... in structs, headers and tuples
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
    bit<8> e;
    bit<8> f;
    bit<8> g;
    bit<8> h;
}

header k_t { bit<8> x; bit<8> y; }
enum E { P, Q }
struct p_t { bit<8> x; bit<8> y; k_t k; bool z; E e; error r; }

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
        p_t p = ...;
        hdr.h.b = p.x;
        hdr.h.c = p.k.isValid() ? 8w1 : 0;
        p = { y = 9, ... };
        hdr.h.d = p.y;
        hdr.h.e = p.x;
        k_t k = { 7, ... };
        hdr.h.f = k.isValid() ? k.x : 0xee;
        hdr.h.g = (!p.z && p.e == E.P && p.r == error.NoError) ? 8w1 : 0;
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
