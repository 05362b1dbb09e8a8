// Longest prefix match on 13, 48 and 128 bits.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<3> pad;
    bit<13> s;
    bit<48> m;
    bit<128> l;
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
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
    action set0(bit<8> v) { hdr.h.r0 = v; }
    action set1(bit<8> v) { hdr.h.r1 = v; }
    action set2(bit<8> v) { hdr.h.r2 = v; }
    table t0 {
        key = { hdr.h.s: lpm; }
        actions = { set0; }
        default_action = set0(0xdd);
    }
    table t1 {
        key = { hdr.h.m: lpm; }
        actions = { set1; }
        default_action = set1(0xdd);
    }
    table t2 {
        key = { hdr.h.l: lpm; }
        actions = { set2; }
        default_action = set2(0xdd);
    }

    apply {
        std.egress_spec = 1;
        t0.apply();
        t1.apply();
        t2.apply();
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
