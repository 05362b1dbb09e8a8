// A mask on both sides of the care bits and a bool key.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<4> a;
    bit<4> b;
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
    action set(bit<8> v) { hdr.h.r = v; }
    table t {
        key = { hdr.h.a: ternary; hdr.h.b == 3: exact @name("three"); }
        actions = { set; }
        default_action = set(9);
        const entries = {
            (0b1010 &&& 0b1000, true): set(1);
            (_, true): set(2);
            (0b0001 &&& 0b0001, false): set(3);
        }
    }

    apply {
        std.egress_spec = 1;
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
