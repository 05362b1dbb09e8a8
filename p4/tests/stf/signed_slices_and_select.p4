// signed: slices, concatenation, compare with negative literals, select
#include <core.p4>
#include <v1model.p4>

header h_t { int<8> a; bit<8> b; int<16> w; bit<8> r; }

struct headers_t {
    h_t h;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition select(hdr.h.a) {
            -16: neg;
            -128 .. -1: reject;
            default: accept;
        }
    }
    state neg {
        hdr.h.r = 1;
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (hdr.h.a < -3) { hdr.h.r = hdr.h.r | 2; }
        if (hdr.h.a[7:7] == 1) { hdr.h.r = hdr.h.r | 4; }
        if (hdr.h.a ++ 8s5 == -16s4091) { hdr.h.r = hdr.h.r | 8; }
        if (hdr.h.a * 2 == -32 && -hdr.h.a == 16) { hdr.h.r = hdr.h.r | 16; }
        hdr.h.w = (int<16>) hdr.h.a;
        hdr.h.r[0:0] = 1;
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
