// Every operator on int<4>, edge values included (8.7, 8.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> op;
    bit<4> pa;
    int<4> a;
    bit<4> pb;
    int<4> b;
    bit<4> pr;
    int<4> r;
    bit<8> c;
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
        int<4> a = hdr.h.a;
        int<4> b = hdr.h.b;
        bit<8> s = (bit<8>)(bit<4>)hdr.h.b;
        if (hdr.h.op == 0) {
            hdr.h.r = a + b;
        } else if (hdr.h.op == 1) {
            hdr.h.r = a - b;
        } else if (hdr.h.op == 2) {
            hdr.h.r = a * b;
        } else if (hdr.h.op == 3) {
            hdr.h.r = a & b;
        } else if (hdr.h.op == 4) {
            hdr.h.r = a | b;
        } else if (hdr.h.op == 5) {
            hdr.h.r = a ^ b;
        } else if (hdr.h.op == 6) {
            hdr.h.r = a |+| b;
        } else if (hdr.h.op == 7) {
            hdr.h.r = a |-| b;
        } else if (hdr.h.op == 8) {
            hdr.h.r = -a;
        } else if (hdr.h.op == 9) {
            hdr.h.r = ~a;
        } else if (hdr.h.op == 10) {
            hdr.h.r = a << s;
        } else if (hdr.h.op == 11) {
            hdr.h.r = a >> s;
        } else if (hdr.h.op == 12) {
            if (a < b) { hdr.h.c = hdr.h.c | 1; }
            if (a <= b) { hdr.h.c = hdr.h.c | 2; }
            if (a > b) { hdr.h.c = hdr.h.c | 4; }
            if (a >= b) { hdr.h.c = hdr.h.c | 8; }
            if (a == b) { hdr.h.c = hdr.h.c | 16; }
            if (a != b) { hdr.h.c = hdr.h.c | 32; }
        }
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
