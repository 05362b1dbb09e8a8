// ?: of structures, headers and tuples (8.5.1).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> v; }
struct p_t { bit<8> x; bit<8> y; }

struct headers_t {
    a_t k;
    a_t one;
    a_t two;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.k);
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
        a_t none;
        hdr.two = hdr.k.v == 1 ? hdr.one : none;
        p_t p = { 1, 2 };
        p_t q = { 3, 4 };
        p_t r = hdr.k.v == 1 ? p : q;
        hdr.one.v = (hdr.k.v == 1 ? q : p).y;
        hdr.k.v = r.x;
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
