// exit in the action of a table in a switch: no case is executed (12.5).
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
    action stop() { exit; }
    action go() { }
    table t {
        key = { hdr.h.k: exact; }
        actions = { stop; go; }
        default_action = go();
    }

    apply {
        std.egress_spec = 1;
        switch (t.apply().action_run) {
            stop: { hdr.h.r = 1; }
            go: { hdr.h.r = 2; }
        }
        hdr.h.r = hdr.h.r + 0x10;
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
