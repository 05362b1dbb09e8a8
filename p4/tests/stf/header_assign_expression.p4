// A header takes a tuple or a structure-valued expression and becomes valid; {#} makes it invalid (8.18).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; bit<8> y; }

struct headers_t {
    a_t one;
    a_t two;
    a_t three;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.one);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.two = { y = hdr.one.x, x = 7 };
        hdr.three = { 1, 2 };
        if (hdr.one.y == 1) { hdr.one = {#}; }
        if (hdr.one == (a_t){#}) { hdr.two.x = 8; }
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
