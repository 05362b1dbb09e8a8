// Headers as arguments: validity is copied in and out (6.8).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
control Flip(inout a_t p, in a_t q, out a_t r) {
    apply {
        if (p.isValid()) { p.setInvalid(); }
        else { p = q; }
        if (q.x == 2) { r = { 0x99 }; }
    }
}

struct headers_t {
    a_t one;
    a_t two;
    a_t three;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.one);
        pkt.extract(hdr.two);
        pkt.extract(hdr.three);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Flip() flip;

    apply {
        std.egress_spec = 1;
        flip.apply(hdr.one, hdr.two, hdr.three);
        if (hdr.two.x == 1) { flip.apply(hdr.one, hdr.two, hdr.three); }
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
