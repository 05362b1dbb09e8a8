// Operands are evaluated left to right, side effects included (8.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> n;
    bit<8> r0;
    bit<16> r1;
    bit<8> r2;
    bit<8> r3;
}

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
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
        hdr.h.r0 = next(hdr.h.n) - next(hdr.h.n);
        hdr.h.r1 = next(hdr.h.n) ++ next(hdr.h.n);
        hdr.h.r2 = hdr.h.n + next(hdr.h.n) * 2;
        hdr.h.r3 = next(hdr.h.n) + hdr.h.n;
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
