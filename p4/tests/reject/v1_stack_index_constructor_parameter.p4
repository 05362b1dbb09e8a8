// A constructor parameter is known at compile time: the index is out of range.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
}

header s_t {
    bit<8> v;
}

struct headers_t {
    h_t h;
    s_t[2] s;
}

struct meta_t { }

control Sub(inout headers_t hdr)(bit<8> at) {
    apply {
        hdr.s[at].v = 1;
    }
}

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
    Sub(2) sub;

    apply {
        sub.apply(hdr);
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
