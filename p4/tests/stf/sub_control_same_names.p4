// Inner and outer names that are equal do not meet (6.9, 14.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> x;
    bit<8> y;
}

control Inner(inout bit<8> x) {
    bit<8> t = 3;
    action set(bit<8> v) { x = v + t; }
    table tab {
        key = { x: exact; }
        actions = { set; NoAction; }
        default_action = NoAction;
    }
    apply {
        bit<8> v = 1;
        tab.apply();
        x = x + v;
    }
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
    bit<8> t = 5;
    Inner() inner;
    action set(bit<8> v) { hdr.h.y = v + t; }
    table tab {
        key = { hdr.h.y: exact; }
        actions = { set; NoAction; }
        default_action = NoAction;
    }

    apply {
        std.egress_spec = 1;
        bit<8> v = 7;
        inner.apply(hdr.h.x);
        tab.apply();
        hdr.h.y = hdr.h.y + v;
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
