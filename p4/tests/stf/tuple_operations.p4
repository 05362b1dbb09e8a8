// Tuples: assignment, indexing, comparison, as arguments (8.13).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> a;
    bit<8> b;
    bit<8> r0;
    bit<8> r1;
    bit<16> r2;
}

bit<8> second(in tuple<bit<16>, bit<8>> t) { return t[1]; }

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
        tuple<bit<16>, bit<8>> t = { hdr.h.a, hdr.h.b };
        tuple<bit<16>, bit<8>> u = { 0x0102, 3 };
        hdr.h.r0 = second(t);
        if (t == u) { hdr.h.r1 = 1; }
        t = u;
        hdr.h.r2 = t[0];
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
