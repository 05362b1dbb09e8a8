// Action data of odd and large widths.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<4> a;
    bit<4> b;
    bit<33> c;
    bit<7> d;
    bit<128> e;
    int<8> f;
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
    action set(bit<4> a, bit<33> c, bit<128> e, int<8> f, bool g) {
        hdr.h.a = a;
        hdr.h.c = c;
        hdr.h.e = e;
        hdr.h.f = f;
        hdr.h.b = g ? 4w1 : 4w2;
    }
    table t {
        key = { hdr.h.k: exact; }
        actions = { set; NoAction; }
        default_action = NoAction();
    }

    apply {
        std.egress_spec = 1;
        t.apply();
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
