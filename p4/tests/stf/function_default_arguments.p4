// Default values for in parameters, filled in by position and by name (6.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
    bit<8> r3;
    bit<8> r4;
}

bit<8> f(in bit<8> a, in bit<8> b = 2, in bit<8> c = 3) {
    return a * 100 + b * 10 + c;
}
bit<8> g(in bit<8> a = 7, in bit<8> b) {
    return a - b;
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
        hdr.h.r0 = f(1);
        hdr.h.r1 = f(1, 4);
        hdr.h.r2 = f(c = 9, a = 1);
        hdr.h.r3 = f(1, 1, 1);
        hdr.h.r4 = g(b = 2);
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
