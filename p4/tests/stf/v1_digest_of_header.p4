// A digest of a header and of a nested structure.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<48> m;
}

struct in_t { bit<8> a; bit<9> p; }
struct learn_t { in_t i; bit<48> m; }

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
        digest<learn_t>(1, { { hdr.h.a, std.ingress_port }, hdr.h.m });
        digest(1, hdr.h);
        hdr.h.a = hdr.h.a + 1;
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
