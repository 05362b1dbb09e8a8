// exit in an action called by another: all copy out on the way. 12.4, 6.8
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

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action inner(inout bit<8> x, in bit<8> when) {
        x = 0x77;
        if (when == 1) {
            exit;
        }
        x = x + 0;
    }
    action outer(inout bit<8> x, inout bit<8> y) {
        x = 0x99;
        inner(y, hdr.h.a);
        hdr.h.c = 0x55;
    }
    apply {
        std.egress_spec = 1;
        outer(hdr.h.b, hdr.h.d);
        hdr.h.e = 0x44;
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
