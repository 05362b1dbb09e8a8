// Early returns within inlined calls within expressions (10, 12.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> x;
    bit<8> r;
    bit<8> count;
}

bit<8> inner(in bit<8> x) {
    if (x > 100) { return 100; }
    if (x > 50) {
        if (x == 77) { return 7; }
        return 50;
    }
    return x;
}
bit<8> outer(in bit<8> x, inout bit<8> count) {
    count = count + 1;
    bit<8> y = inner(x) + inner(x + 30);
    if (y > 150) { return y; }
    count = count + 1;
    return y > 60 ? 8w150 : y;
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
        hdr.h.r = outer(hdr.h.x, hdr.h.count);
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
