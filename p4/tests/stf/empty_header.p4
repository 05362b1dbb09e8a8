// A header without fields still has a validity bit (7.2.2).
#include <core.p4>
#include <v1model.p4>

header none_t { }
header a_t { bit<8> x; }

struct headers_t {
    a_t a;
    none_t n;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.a);
        pkt.extract(hdr.n);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (hdr.n.isValid()) { hdr.a.x = hdr.a.x + 1; }
        hdr.n.setInvalid();
        if (!hdr.n.isValid()) { hdr.a.x = hdr.a.x + 0x10; }
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
