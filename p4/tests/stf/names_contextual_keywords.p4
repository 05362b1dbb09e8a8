// Contextual keywords as names of fields, variables, actions and states (6.4.1).
#include <core.p4>
#include <v1model.p4>

header k_t { bit<8> key; bit<8> actions; bit<8> state; bit<8> entries; bit<8> type; bit<8> priority; bit<8> apply; }

struct headers_t {
    k_t h;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition state;
    }
    state state {
        transition type;
    }
    state type {
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action apply() { hdr.h.apply = 7; }
    bit<8> key = 1;
    bit<8> entries = 4;

    apply {
        std.egress_spec = 1;
        bit<8> priority = 6;
        bit<8> actions = 2;
        hdr.h.key = key;
        hdr.h.actions = actions;
        hdr.h.entries = entries;
        hdr.h.priority = priority;
        apply();
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
