// The bounds of a slice are any local compile-time known numbers (8.7, 18.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> a;
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
}

const int HI = 11;
const bit<4> LO = 4;
enum bit<4> At { low = 4, high = 11 }

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
        hdr.h.r0 = hdr.h.a[HI:LO];
        hdr.h.r1 = hdr.h.a[At.high:At.low];
        hdr.h.r2 = hdr.h.a[HI + 4:2 * LO];
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
