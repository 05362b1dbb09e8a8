// Keys of int<W>: a range may go over zero, its ends are compared as signed numbers (8.16.4); masks and prefixes are of bits.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    int<8> s;
    int<8> t;
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
    action a(bit<8> v) { hdr.h.r = v; }
    table ranges {
        key = { hdr.h.s: range; }
        actions = { a; NoAction; }
        const entries = {
            -5 .. 5: a(1);
            10 .. 127: a(2);
            -128 .. -100: a(3);
        }
    }
    table others {
        key = {
            hdr.h.s: ternary;
            hdr.h.t: lpm;
        }
        actions = { a; NoAction; }
    }
    table exacts {
        key = { hdr.h.s: exact; }
        actions = { a; NoAction; }
        const entries = {
            -1: a(7);
            8s3: a(8);
        }
    }
    table added {
        key = { hdr.h.s: range; }
        actions = { a; NoAction; }
    }
    apply {
        std.egress_spec = 1;
        if (hdr.h.k == 0) {
            ranges.apply();
        } else if (hdr.h.k == 1) {
            others.apply();
        } else if (hdr.h.k == 2) {
            exacts.apply();
        } else {
            added.apply();
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
