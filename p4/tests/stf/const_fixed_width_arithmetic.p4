// Constants of fixed width wrap like run-time values (8.7, 8.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    int<8> c;
    bit<8> d;
    int<8> e;
    bit<8> f;
    bit<16> g;
    bit<8> hh;
    bit<4> i;
    bit<4> j;
}

const bit<8> A = 8w200 + 8w100;
const bit<8> B = 8w3 - 8w5;
const int<8> C = 8s127 + 8s1;
const bit<8> D = 8w200 |+| 8w100;
const int<8> E = -8s128 |-| 8s1;
const bit<8> F = ~8w0x0f;
const bit<16> G = 8w0xab ++ 8w0xcd;
const bit<8> H = (A > B) ? A : B;
const bit<4> I = G[11:8];
const bool J = A == 44 && B == 0xfe;

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
        hdr.h.a = A;
        hdr.h.b = B;
        hdr.h.c = C;
        hdr.h.d = D;
        hdr.h.e = E;
        hdr.h.f = F;
        hdr.h.g = G;
        hdr.h.hh = H;
        hdr.h.i = I;
        hdr.h.j = J ? 4w7 : 4w0;
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
