// Structures are copied by value, nested ones too (8.17).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> r0;
    bit<8> r1;
}

struct in_t { bit<8> a; bit<8> b; }
struct out_t { in_t x; in_t y; bit<8> c; }

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
        out_t o = { { hdr.h.a, hdr.h.b }, { 1, 2 }, hdr.h.c };
        out_t p = o;
        p.x = p.y;
        p.y.a = 9;
        o.y = o.x;
        hdr.h.a = p.x.a;
        hdr.h.b = p.x.b;
        hdr.h.c = p.y.a;
        hdr.h.r0 = o.x.a;
        hdr.h.r1 = o.y.b;
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
