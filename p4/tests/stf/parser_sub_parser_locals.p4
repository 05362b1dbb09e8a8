// Locals of a sub-parser start anew with each call (13.10).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
parser Count(packet_in pkt, out a_t a) {
    bit<8> n = 7;
    state start {
        n = n + 1;
        pkt.extract(a);
        a.x = n;
        transition accept;
    }
}

struct headers_t {
    a_t p;
    a_t q;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Count() c;

    state start {
        c.apply(pkt, hdr.p);
        c.apply(pkt, hdr.q);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
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
