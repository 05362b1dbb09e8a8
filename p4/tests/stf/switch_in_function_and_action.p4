// switch in a function and in an action, with return from a case (12.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<2> k;
    bit<6> pad;
    bit<8> r;
    bit<8> s;
}

bit<8> len(in bit<2> k) {
    switch (k) {
        0: { return 1; }
        1: { return 2; }
        2:
        3: { return 4; }
    }
    return 0xff;
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
    action act() {
        switch (hdr.h.k) {
            3: { hdr.h.s = 3; return; }
            default: { hdr.h.s = 9; }
        }
        hdr.h.s = hdr.h.s + 1;
    }

    apply {
        std.egress_spec = 1;
        hdr.h.r = len(hdr.h.k);
        act();
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
