// Casts: truncation, zero and sign extension, reinterpretation (8.12.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    int<8> b;
    bit<16> r0;
    int<16> r1;
    bit<16> r2;
    int<16> r3;
    bit<4> r4;
    int<4> r5;
    bit<8> r6;
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
        hdr.h.r0 = (bit<16>)hdr.h.a;
        hdr.h.r1 = (int<16>)hdr.h.b;
        hdr.h.r2 = (bit<16>)(int<16>)hdr.h.b;
        hdr.h.r3 = (int<16>)(bit<16>)(bit<8>)hdr.h.b;
        hdr.h.r4 = (bit<4>)hdr.h.a;
        hdr.h.r5 = (int<4>)hdr.h.b;
        hdr.h.r6 = (bit<8>)(int<8>)(int<4>)hdr.h.b;
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
