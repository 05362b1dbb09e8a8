// States of a sub-parser have names of their own (13.10).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> v; }
parser Inner(packet_in pkt, out a_t a, out a_t b) {
    bit<8> n = 1;
    state start {
        pkt.extract(a);
        transition next;
    }
    state next {
        pkt.extract(b);
        b.v = b.v + n;
        transition select(b.v) {
            0xff: reject;
            default: accept;
        }
    }
}

struct headers_t {
    a_t a;
    a_t b;
    a_t c;
    a_t d;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    bit<8> n = 0x10;
    Inner() inner;

    state start {
        pkt.extract(hdr.a);
        inner.apply(pkt, hdr.b, hdr.c);
        transition next;
    }
    state next {
        pkt.extract(hdr.d);
        hdr.d.v = hdr.d.v + n;
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
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
