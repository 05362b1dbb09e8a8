// An int is converted by its two's complement bits, then cut (8.12.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> r0;
    int<8> r1;
    bit<16> r2;
    bit<4> r3;
    bit<4> r4;
}

const int M = -3;

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
        hdr.h.r0 = (bit<8>)M;
        hdr.h.r1 = (int<8>)200;
        hdr.h.r2 = (bit<16>)0x12345;
        hdr.h.r3 = (bit<4>)(-1);
        hdr.h.r4 = (bit<4>)(1 << 70);
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
