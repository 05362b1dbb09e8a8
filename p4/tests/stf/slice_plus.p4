// The slice [L+:W], as a value and as an l-value (8.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> a;
    bit<8> r0;
    bit<4> r1;
    bit<4> r2;
    bit<16> w;
}

const bit<8> LOW = 4;

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
        hdr.h.r0 = hdr.h.a[8+:8];
        hdr.h.r1 = hdr.h.a[28+:4];
        hdr.h.r2 = hdr.h.a[LOW+:4];
        hdr.h.w[4+:8] = hdr.h.a[0+:8];
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
