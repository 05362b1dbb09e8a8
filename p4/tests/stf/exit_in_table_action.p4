// exit in the action of a table: the rest of the expression is not evaluated (12.5).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
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
    action leave() {
        hdr.h.b = 1;
        exit;
    }
    action stay() {
        hdr.h.b = 2;
    }
    table t {
        key = { hdr.h.a: exact; }
        actions = { leave; stay; }
        const default_action = stay();
    }

    apply {
        std.egress_spec = 1;
        if (t.apply().hit) { hdr.h.c = 1; }
        else { hdr.h.c = 2; }
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
