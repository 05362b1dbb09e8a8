// Structures and headers as arguments of an action that is called (14.1.1).
#include <core.p4>
#include <v1model.p4>

struct pair_t { bit<8> x; bit<8> y; }
header a_t { bit<8> v; }

struct headers_t {
    a_t a;
    a_t b;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.a);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action work(inout pair_t p, in a_t h, out a_t g, pair_t q) {
        p.x = q.y + h.v;
        g = h;
        g.v = q.x;
    }

    apply {
        std.egress_spec = 1;
        pair_t p = { 1, 2 };
        work(p, hdr.a, hdr.b, { 3, 4 });
        hdr.a.v = p.x;
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
