// Stacks are assigned whole and compared element by element, without nextIndex (8.20).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<8> v; }

struct headers_t {
    l_t n;
    l_t[2] s;
    l_t[2] t;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.n);
        pkt.extract(hdr.s.next);
        pkt.extract(hdr.s.next);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.t = hdr.s;
        if (hdr.t == hdr.s) { hdr.n.v[0:0] = 1; }
        hdr.t[0].v = hdr.t[0].v + 1;
        if (hdr.t != hdr.s) { hdr.n.v[1:1] = 1; }
        l_t[2] u = { { 0x0a }, (l_t){#} };
        hdr.s[1].setInvalid();
        if (hdr.s == u) { hdr.n.v[2:2] = 1; }
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
