// Every form of an integer literal (6.4.3.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> a;
    bit<16> b;
    bit<16> c;
    bit<8> d;
    int<8> e;
    bit<8> f;
    bit<16> g;
    bit<48> i;
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
        hdr.h.a = 32w0XdeadBEEF;
        hdr.h.b = 16w0o377;
        hdr.h.c = 16w0377;
        hdr.h.d = 8w0b_1010_1010;
        hdr.h.e = 8s0b1010_1010;
        hdr.h.f = 0d99;
        hdr.h.g = 16w1_0_0_0;
        hdr.h.i = 0x00_1B_2C_3D_4E_5F;
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
