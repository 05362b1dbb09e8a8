// A function that returns headers, also invalid ones (8.18, 10).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> v; }
a_t make(in bit<8> v) {
    if (v == 0) { return (a_t){#}; }
    a_t r;
    if (v == 1) { return r; }
    return { v };
}

struct headers_t {
    a_t k;
    a_t a;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.k);
        pkt.extract(hdr.a);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.a = make(hdr.k.v);
        if (!make(hdr.k.v).isValid()) { hdr.k.v = hdr.k.v + 0x80; }
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
