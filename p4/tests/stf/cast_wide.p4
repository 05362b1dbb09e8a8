// Casts between narrow and wide, signed and unsigned (8.12.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    int<8> a;
    bit<200> b;
    int<128> r0;
    bit<65> r1;
    bit<7> p;
    int<200> r2;
    bit<16> r3;
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
        hdr.h.r0 = (int<128>)hdr.h.a;
        hdr.h.r1 = (bit<65>)hdr.h.b;
        hdr.h.r2 = (int<200>)(int<65>)hdr.h.r1;
        hdr.h.r3 = (bit<16>)(int<16>)hdr.h.r0;
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
