// Each instance of a control has registers of its own; one instance keeps them between calls (14.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
}

control Count(inout bit<8> x) {
    register<bit<8>>(1) n;
    apply {
        bit<8> v;
        n.read(v, 0);
        v = v + 1;
        n.write(0, v);
        x = v;
    }
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
    Count() one;
    Count() two;

    apply {
        std.egress_spec = 1;
        one.apply(hdr.h.a);
        one.apply(hdr.h.b);
        two.apply(hdr.h.c);
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
