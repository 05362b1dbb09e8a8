// Overlapping out arguments: a field and its whole structure (6.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
}

struct pair_t { bit<8> x; bit<8> y; }
void g(out bit<8> one, inout pair_t p) {
    one = 0xaa;
    p.y = p.x + 1;
}
void k(inout pair_t p, out bit<8> one) {
    one = 0xbb;
    p.y = p.x + 1;
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
        pair_t p = { hdr.h.a, hdr.h.b };
        g(p.x, p);
        pair_t q = { hdr.h.c, hdr.h.d };
        k(q, q.x);
        hdr.h.a = p.x;
        hdr.h.b = p.y;
        hdr.h.c = q.x;
        hdr.h.d = q.y;
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
