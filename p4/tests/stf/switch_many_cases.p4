// A switch of forty cases over a wide value.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<48> k;
    bit<8> r;
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
        switch (hdr.h.k) {
            0x0: { hdr.h.r = 0; }
            0x101010101: { hdr.h.r = 1; }
            0x202020202: { hdr.h.r = 2; }
            0x303030303: { hdr.h.r = 3; }
            0x404040404: { hdr.h.r = 4; }
            0x505050505: { hdr.h.r = 5; }
            0x606060606: { hdr.h.r = 6; }
            0x707070707: { hdr.h.r = 7; }
            0x808080808: { hdr.h.r = 8; }
            0x909090909: { hdr.h.r = 9; }
            0xa0a0a0a0a: { hdr.h.r = 10; }
            0xb0b0b0b0b: { hdr.h.r = 11; }
            0xc0c0c0c0c: { hdr.h.r = 12; }
            0xd0d0d0d0d: { hdr.h.r = 13; }
            0xe0e0e0e0e: { hdr.h.r = 14; }
            0xf0f0f0f0f: { hdr.h.r = 15; }
            0x1010101010: { hdr.h.r = 16; }
            0x1111111111: { hdr.h.r = 17; }
            0x1212121212: { hdr.h.r = 18; }
            0x1313131313: { hdr.h.r = 19; }
            0x1414141414: { hdr.h.r = 20; }
            0x1515151515: { hdr.h.r = 21; }
            0x1616161616: { hdr.h.r = 22; }
            0x1717171717: { hdr.h.r = 23; }
            0x1818181818: { hdr.h.r = 24; }
            0x1919191919: { hdr.h.r = 25; }
            0x1a1a1a1a1a: { hdr.h.r = 26; }
            0x1b1b1b1b1b: { hdr.h.r = 27; }
            0x1c1c1c1c1c: { hdr.h.r = 28; }
            0x1d1d1d1d1d: { hdr.h.r = 29; }
            0x1e1e1e1e1e: { hdr.h.r = 30; }
            0x1f1f1f1f1f: { hdr.h.r = 31; }
            0x2020202020: { hdr.h.r = 32; }
            0x2121212121: { hdr.h.r = 33; }
            0x2222222222: { hdr.h.r = 34; }
            0x2323232323: { hdr.h.r = 35; }
            0x2424242424: { hdr.h.r = 36; }
            0x2525252525: { hdr.h.r = 37; }
            0x2626262626: { hdr.h.r = 38; }
            0x2727272727: { hdr.h.r = 39; }
            default: { hdr.h.r = 0xff; }
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
