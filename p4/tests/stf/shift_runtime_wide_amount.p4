// A shift amount wider than any useful one: the whole amount counts, not its low bits (8.7, 8.10.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<64> n;
    bit<16> a;
    int<16> b;
    bit<16> l;
    bit<16> r;
    int<16> s;
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
        hdr.h.l = hdr.h.a << hdr.h.n;
        hdr.h.r = hdr.h.a >> hdr.h.n;
        hdr.h.s = hdr.h.b >> hdr.h.n;
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
