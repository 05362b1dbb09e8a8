// Every compound assignment operator (12.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
    bit<8> e;
    bit<8> f;
    bit<8> g;
    bit<8> i;
    bit<8> j;
    bit<8> l;
    bit<8> m;
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
        hdr.h.a += hdr.h.k;
        hdr.h.b -= hdr.h.k;
        hdr.h.c *= hdr.h.k;
        hdr.h.d &= hdr.h.k;
        hdr.h.e |= hdr.h.k;
        hdr.h.f ^= hdr.h.k;
        hdr.h.g <<= hdr.h.k;
        hdr.h.i >>= hdr.h.k;
        hdr.h.j |+|= hdr.h.k;
        hdr.h.l |-|= hdr.h.k;
        hdr.h.m /= hdr.h.k;
        hdr.h.m %= 5;
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
