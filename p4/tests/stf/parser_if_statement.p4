// if, else, blocks and local variables in a parser state (13.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> r;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<8> n;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        bit<8> x = hdr.h.a;
        if (x > hdr.h.b) {
            bit<8> d = x - hdr.h.b;
            meta.n = d;
        } else if (x == hdr.h.b) {
            meta.n = 0xee;
            ;
        } else {
            x = hdr.h.b - x;
            meta.n = x | 0x80;
        }
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.r = meta.n;
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
