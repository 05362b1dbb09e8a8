// #if with expressions, #ifdef, #elif and #else, nested (6.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
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
#define LEVEL 3
#if LEVEL > 2 && !defined(NOTHING)
        hdr.h.a = 1;
#if LEVEL == 3
        hdr.h.b = 2;
#else
        hdr.h.b = 3;
#endif
#elif LEVEL
        hdr.h.a = 4;
#else
        this is not P4 at all;
#endif
#ifdef NOTHING
        hdr.h.c = 5;
#elif (LEVEL << 1) % 4 == 2
        hdr.h.c = 6;
#endif
#ifndef NOTHING
#undef LEVEL
#endif
#ifdef LEVEL
        hdr.h.d = 7;
#else
        hdr.h.d = 8;
#endif
#if 0
#include "no_such_file.p4"
#endif
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
