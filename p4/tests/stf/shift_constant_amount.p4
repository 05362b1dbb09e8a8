// Constant shift amounts at and beyond the width are legal and defined (8.10.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    int<8> b;
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
    int<8> r3;
    int<8> r4;
    int<8> r5;
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
    apply {
        std.egress_spec = 1;
        hdr.h.r0 = hdr.h.a << 8;
        hdr.h.r1 = hdr.h.a >> 1024;
        hdr.h.r2 = hdr.h.a << 7;
        hdr.h.r3 = hdr.h.b >> 8;
        hdr.h.r4 = hdr.h.b << 1000;
        hdr.h.r5 = hdr.h.b >> 3;
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
