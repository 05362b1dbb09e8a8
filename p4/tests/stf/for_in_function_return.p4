// return from within a loop; a loop in an action (12.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> x;
    bit<8> r;
    bit<8> ones;
}

bit<8> log2(in bit<32> x) {
    for (bit<8> i in 0 .. 31) {
        if ((x >> (31 - i))[0:0] == 1) {
            return 31 - i;
        }
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
    action count() {
        bit<32> v = hdr.h.x;
        for (hdr.h.ones = 0; v != 0; v = v & (v - 1)) {
            hdr.h.ones = hdr.h.ones + 1;
        }
    }

    apply {
        std.egress_spec = 1;
        hdr.h.r = log2(hdr.h.x);
        count();
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
