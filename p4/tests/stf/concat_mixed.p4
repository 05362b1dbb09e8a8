// Concatenation: the left operand is the most significant and gives the sign (8.10.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<4> a;
    bit<12> b;
    int<8> c;
    bit<16> r0;
    int<16> r1;
    bit<24> r2;
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
        hdr.h.r0 = hdr.h.b ++ hdr.h.a;
        hdr.h.r1 = hdr.h.c ++ (8w0x01);
        hdr.h.r2 = hdr.h.a ++ hdr.h.b ++ (bit<8>)hdr.h.c;
        if ((hdr.h.c ++ 8w0) < 0) { hdr.h.r3 = 1; }
        else { hdr.h.r3 = 2; }
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
