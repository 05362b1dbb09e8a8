// Every operator on bit<4>, edge values included (8.7, 8.8).
// Run-time division and modulo by zero give zero.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> op;
    bit<4> pa;
    bit<4> a;
    bit<4> pb;
    bit<4> b;
    bit<4> pr;
    bit<4> r;
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
        bit<4> a = hdr.h.a;
        bit<4> b = hdr.h.b;
        bit<8> s = (bit<8>)hdr.h.b;
        switch (hdr.h.op) {
            0: {
                hdr.h.r = a + b;
            }
            1: {
                hdr.h.r = a - b;
            }
            2: {
                hdr.h.r = a * b;
            }
            3: {
                hdr.h.r = a & b;
            }
            4: {
                hdr.h.r = a | b;
            }
            5: {
                hdr.h.r = a ^ b;
            }
            6: {
                hdr.h.r = a |+| b;
            }
            7: {
                hdr.h.r = a |-| b;
            }
            8: {
                hdr.h.r = -a;
            }
            9: {
                hdr.h.r = ~a;
            }
            10: {
                hdr.h.r = a << s;
            }
            11: {
                hdr.h.r = a >> s;
            }
            12: {
                hdr.h.r = a / b;
            }
            13: {
                hdr.h.r = a % b;
            }
            14: {
                if (a < b) { hdr.h.c = hdr.h.c | 1; }
                if (a <= b) { hdr.h.c = hdr.h.c | 2; }
                if (a > b) { hdr.h.c = hdr.h.c | 4; }
                if (a >= b) { hdr.h.c = hdr.h.c | 8; }
                if (a == b) { hdr.h.c = hdr.h.c | 16; }
                if (a != b) { hdr.h.c = hdr.h.c | 32; }
            }
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
