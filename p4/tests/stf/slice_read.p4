// Slices of unsigned and signed values, at the ends and across bytes (8.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> a;
    int<16> b;
    bit<8> r0;
    bit<8> r1;
    bit<1> s0;
    bit<15> s1;
    bit<8> r2;
    bit<8> r3;
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
        hdr.h.r0 = hdr.h.a[31:24];
        hdr.h.r1 = hdr.h.a[19:12];
        hdr.h.s0 = hdr.h.a[0:0];
        hdr.h.s1 = hdr.h.a[31:17];
        hdr.h.r2 = hdr.h.b[15:8];
        hdr.h.r3 = (hdr.h.b[11:0])[7:0];
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
