// Two tables in one expression are applied left to right and no more than needed (8.1, 14.2.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> log;
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
    action one() { hdr.h.log = hdr.h.log | 1; }
    action two() { hdr.h.log = hdr.h.log << 4 | 2; }
    table t {
        key = { hdr.h.k: exact; }
        actions = { one; }
        default_action = one();
        const entries = {
            1: one();
        }
    }
    table u {
        key = { hdr.h.log: exact; }
        actions = { two; }
        default_action = two();
        const entries = {
            1: two();
        }
    }

    apply {
        std.egress_spec = 1;
        if (t.apply().hit && u.apply().hit) { hdr.h.r = 1; }
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
