// exit in a sub-control: its out and inout arguments are copied out. 12.4
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
    bit<8> e;
    bit<8> f;
    bit<8> g;
    bit<8> h;
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

control Sub(inout bit<8> x, out bit<8> y) {
    apply {
        x = 10;
        y = 11;
        exit;
    }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Sub() sub;
    apply {
        std.egress_spec = 1;
        sub.apply(hdr.h.b, hdr.h.c);
        hdr.h.d = 0xff;
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
