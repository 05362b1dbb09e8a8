// Fields of odd widths, signed and boolean, in the order of the wire (7.2.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<3> a;
    int<5> b;
    bool c;
    bit<7> d;
    bit<33> e;
    bit<15> f;
    int<1> g;
    bit<7> i;
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
        if (hdr.h.b < 0) { hdr.h.a = 7; }
        hdr.h.c = !hdr.h.c;
        hdr.h.e = hdr.h.e + 1;
        hdr.h.f = hdr.h.f - 1;
        if (hdr.h.g == -1) { hdr.h.i = hdr.h.i + 1; }
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
