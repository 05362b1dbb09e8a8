// A bit-string of width zero has the value zero (7.1.6.2, 8.27); slices of no bits, whose width need only not be negative (8.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
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
    apply {
        std.egress_spec = 1;
        bit<0> z = 0;
        bit<8> c = hdr.h.a ++ z;
        if (z == 0) { hdr.h.r = c + 1; }
        bit<0> y = hdr.h.a[3 +: 0];
        hdr.h.a[2 +: 0] = y ++ z;
        hdr.h.a[hdr.h.r +: 0] = hdr.h.r[hdr.h.a +: 0];
        if (hdr.h.a[7 +: 0] != z || 5[2 +: 0] != y) { hdr.h.r = 0; }
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
