// Ranges over signed values; an empty range matches nothing (8.16.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    int<8> a;
    bit<8> r;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<8> k;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition select(hdr.h.a) {
            5 .. 3: s1;
            -10 .. -1: s2;
            0 .. 10: s3;
            default: s4;
        }
    }
    state s1 { meta.k = 1; transition accept; }
    state s2 { meta.k = 2; transition accept; }
    state s3 { meta.k = 3; transition accept; }
    state s4 { meta.k = 4; transition accept; }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.r = meta.k;
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
