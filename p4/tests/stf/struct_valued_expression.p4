// Structure-valued expressions in any field order, as arguments and in comparisons (8.14).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
}

struct p_t { bit<8> x; bit<8> y; }
bit<8> diff(in p_t p) { return p.x - p.y; }

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
        hdr.h.r0 = diff({ y = hdr.h.a, x = hdr.h.b });
        hdr.h.r1 = diff((p_t) { x = 10, y = 3 });
        hdr.h.r2 = ((p_t) { hdr.h.a, hdr.h.b }).y;
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
