// Arguments of actions given in the actions list are evaluated when the action runs (14.2.1.2).
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
    action add(inout bit<8> x, in bit<8> y, bit<8> data) {
        x = x + y + data;
    }
    table t {
        key = { hdr.h.k: exact; }
        actions = { add(hdr.h.a, hdr.h.b + 1); NoAction; }
        default_action = add(hdr.h.a, hdr.h.b + 1, 0x40);
        const entries = {
            1: add(hdr.h.a, hdr.h.b + 1, 0x10);
            2: NoAction();
        }
    }

    apply {
        std.egress_spec = 1;
        hdr.h.b = hdr.h.b + 1;
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
