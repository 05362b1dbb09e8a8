// A function returns from the middle; nothing behind the return runs (10, 12.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> x;
    bit<8> r;
    bit<8> steps;
}

bit<8> classify(in bit<8> x, inout bit<8> steps) {
    steps = steps + 1;
    if (x < 10) { return 1; }
    steps = steps + 1;
    if (x < 100) {
        return 2;
    } else {
        steps = steps + 1;
        return 3;
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
    apply {
        std.egress_spec = 1;
        hdr.h.r = classify(hdr.h.x, hdr.h.steps);
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
