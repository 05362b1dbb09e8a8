// Bound inout arguments are copied out although the action exits (12.5, 14.2.3).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> a;
    bit<8> b;
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
    action stop(inout bit<8> x, out bit<8> y, bit<8> v) {
        x = x + v;
        y = 0x55;
        if (v == 1) { exit; }
        if (v == 2) { return; }
        x = 0;
    }
    table t {
        key = { hdr.h.k: exact; }
        actions = { stop(hdr.h.a, hdr.h.b); NoAction; }
        default_action = NoAction;
    }

    apply {
        std.egress_spec = 1;
        t.apply();
        hdr.h.k = 0xff;
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
