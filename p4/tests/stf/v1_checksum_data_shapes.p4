// The data of a checksum as a header and as a structure-valued expression.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> c;
    bit<16> d;
}

struct s_t { bit<8> p; bit<8> q; }
header a_t { bit<16> x; bit<16> y; }

struct headers_t {
    a_t a;
    h_t h;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.a);
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
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply {
        update_checksum(true, hdr.a, hdr.h.c, HashAlgorithm.csum16);
        update_checksum(true, (s_t) { q = 1, p = hdr.a.x[7:0] }, hdr.h.d, HashAlgorithm.csum16);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
