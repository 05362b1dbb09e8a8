// @name on tables, actions, keys and controls, absolute and not (18.3).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> r;
    bit<8> s;
}

control Inner(inout bit<8> k, inout bit<8> r) {
    @name("put") action set(bit<8> v) { r = v; }
    @name(".global.table") table t {
        key = { k: exact @name("thekey"); }
        actions = { set; NoAction; }
        default_action = NoAction();
    }
    apply {
        t.apply();
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
    @name("box") Inner() inner;
    action give(bit<8> v) { hdr.h.s = v; }
    @name("second") table two {
        key = { hdr.h.k: exact @name("k2"); }
        actions = { .NoAction; give; }
        default_action = NoAction();
    }

    apply {
        std.egress_spec = 1;
        inner.apply(hdr.h.k, hdr.h.r);
        two.apply();
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
