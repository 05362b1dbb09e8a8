// Functions of one name are told apart by the number and the names of their arguments (7.2.11).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
}

bit<8> f(in bit<8> a) { return a + 1; }
bit<8> f(in bit<8> a, in bit<8> b) { return a + b; }
bit<8> f(in bit<8> x, in bit<8> y, in bit<8> z) { return x + y + z; }

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
        hdr.h.r0 = f(hdr.h.a);
        hdr.h.r1 = f(hdr.h.a, 0x10);
        hdr.h.r2 = f(z = 1, x = hdr.h.a, y = 1);
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
