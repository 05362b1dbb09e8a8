// Tuples of tuples and of structures; an empty tuple (7.2.7, 8.27).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
}

struct s_t { bit<8> a; bit<8> b; }

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
        tuple<tuple<bit<8>, bool>, s_t> t = { { hdr.h.a, true }, { 4, 5 } };
        tuple<> e = { };
        tuple<> f = { };
        hdr.h.r0 = t[0][0] + 1;
        hdr.h.r1 = t[1].b;
        tuple<tuple<bit<8>, bool>, s_t> u = { { 1, true }, { 4, 5 } };
        if (t == u && e == f) { hdr.h.r2 = 1; }
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
