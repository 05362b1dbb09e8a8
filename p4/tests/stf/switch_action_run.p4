// switch on the action that ran, hit or default (12.7, 14.2.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> r;
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
    action a1() { }
    action a2(bit<8> v) { hdr.h.r = v; }
    action a3() { }
    table t {
        key = { hdr.h.k: exact; }
        actions = { a1; a2; a3; NoAction; }
        default_action = a3();
    }

    apply {
        std.egress_spec = 1;
        switch (t.apply().action_run) {
            a1:
            a2: { hdr.h.r = hdr.h.r + 1; }
            a3: { hdr.h.r = 0x30; }
            default: { hdr.h.r = 0xdd; }
        }
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
