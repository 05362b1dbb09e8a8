// A control within a control within a control, arguments copied in and out (14.4, 6.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
}

control Leaf(inout bit<8> x, out bit<8> y) {
    apply {
        y = x;
        x = x + 1;
    }
}
control Mid(inout bit<8> x, inout bit<8> z) {
    Leaf() leaf;
    apply {
        leaf.apply(x, z);
        leaf.apply(z, z);
    }
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
    Mid() mid;

    apply {
        std.egress_spec = 1;
        mid.apply(hdr.h.a, hdr.h.b);
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
