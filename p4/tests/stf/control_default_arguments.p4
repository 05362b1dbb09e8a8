// Default values of parameters of controls and parsers (6.8).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> v; }
control Add(inout bit<8> x, in bit<8> y = 5, in bool twice = false) {
    apply {
        x = x + y;
        if (twice) { x = x + y; }
    }
}
parser Take(packet_in pkt, out a_t a, in bit<8> mark = 0x40) {
    state start {
        pkt.extract(a);
        a.v = a.v | mark;
        transition accept;
    }
}

struct headers_t {
    a_t a;
    a_t b;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Take() take;

    state start {
        take.apply(pkt, hdr.a);
        take.apply(mark = 1, pkt = pkt, a = hdr.b);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Add() add;

    apply {
        std.egress_spec = 1;
        add.apply(hdr.a.v);
        add.apply(twice = true, x = hdr.b.v);
        add.apply(hdr.b.v, 0x10);
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
