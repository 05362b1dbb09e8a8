// A header made valid in a control is emitted in its place; invalid ones are not (8.18, 16).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
header b_t { bit<16> y; }

struct headers_t {
    a_t one;
    b_t two;
    a_t three;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.one);
        transition select(hdr.one.x) {
            1: both;
            default: accept;
        }
    }
    state both {
        pkt.extract(hdr.three);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (hdr.three.isValid()) {
            hdr.three.setInvalid();
        } else {
            hdr.two.setValid();
            hdr.two.y = 0xbeef;
            hdr.three = { 0x33 };
        }
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
