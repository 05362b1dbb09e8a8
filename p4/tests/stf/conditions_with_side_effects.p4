// Calls with effects in conditions, loops and arguments (8.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> n;
    bit<8> m;
    bit<8> r;
    bit<8> s;
}

bool step(inout bit<8> n, in bit<8> limit) {
    n = n + 1;
    return n < limit;
}
bit<8> add3(in bit<8> a, in bit<8> b, in bit<8> c) { return a * 16 + b * 4 + c; }
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
        for (; step(hdr.h.n, 5); ) { hdr.h.r = hdr.h.r + 1; }
        if (!step(hdr.h.m, 2) && step(hdr.h.m, 9)) { hdr.h.r = hdr.h.r + 0x10; }
        hdr.h.s = add3(next(hdr.h.m), next(hdr.h.m), hdr.h.m);
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
