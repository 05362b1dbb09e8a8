// An array of bit-strings, indexed at run time (7.2.3, 8.19).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> i;
    bit<8> a;
    bit<8> b;
    bit<8> r;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<8>[4] m;
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
    apply {
        std.egress_spec = 1;
        bit<8>[4] t = meta.m;
        t[0] = hdr.h.a;
        t[1] = hdr.h.b;
        t[3] = 0x33;
        meta.m = t;
        hdr.h.r = meta.m[hdr.h.i];
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
