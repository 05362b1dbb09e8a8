// Equal headers: both invalid, or both valid with equal fields (8.18).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; bit<8> y; }

struct headers_t {
    a_t one;
    a_t two;
    a_t none;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.one);
        pkt.extract(hdr.two);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        a_t other;
        bit<8> r = 0;
        if (hdr.one == hdr.two) { r = r | 1; }
        if (hdr.none == other) { r = r | 2; }
        if (hdr.one != hdr.none) { r = r | 4; }
        if (hdr.one == (a_t) { 1, 2 }) { r = r | 8; }
        other = { 0, 0 };
        if (hdr.none == other) { r = r | 16; }
        hdr.one.y = r;
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
