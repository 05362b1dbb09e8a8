// Structures are compared field by field, recursively (8.17).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> r;
}

struct in_t { bit<8> a; bool b; }
struct s_t { in_t i; bit<8> c; tuple<bit<8>, bit<8>> t; }

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
        s_t x = { { hdr.h.a, hdr.h.b == 1 }, 7, { 1, 2 } };
        s_t y = { { 5, true }, 7, { 1, 2 } };
        if (x == y) { hdr.h.r = 1; }
        if (x != y) { hdr.h.r = 2; }
        if (x.i == (in_t) { b = false, a = 6 }) { hdr.h.r = hdr.h.r + 16; }
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
