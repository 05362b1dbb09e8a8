// An element taken of a tuple expression: the other elements are evaluated all the same (8.1, 8.13).
#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> a; bit<8> b; bit<8> c; }
struct headers_t { h_t h; }
struct meta_t { }
bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition accept;
    }
}
control Vrf(inout headers_t hdr, inout meta_t meta) { apply { } }
control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.b = ((tuple<bit<8>, bit<8>, bit<8>>) { next(hdr.h.a), next(hdr.h.a), next(hdr.h.a) })[1];
        hdr.h.c = ((h_t) { next(hdr.h.a), 7, next(hdr.h.a) }).b;
    }
}
control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) { apply { } }
control Cmp(inout headers_t hdr, inout meta_t meta) { apply { } }
control Dep(packet_out pkt, in headers_t hdr) { apply { pkt.emit(hdr); } }
V1Switch(Prs(), Vrf(), Ing(), Egr(), Cmp(), Dep()) main;
