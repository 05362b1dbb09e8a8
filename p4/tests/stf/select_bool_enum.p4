// select on bool, on an enum and on a serializable enum (13.6).
#include <core.p4>
#include <v1model.p4>

enum bit<8> Kind { small = 1, large = 2 }
enum Way { up, down }
header k_t { Kind k; bit<8> r; }

struct headers_t {
    k_t h;
}

struct meta_t {
    Way w;
    bit<8> n;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        meta.w = hdr.h.r == 0 ? Way.up : Way.down;
        transition select(hdr.h.k, meta.w) {
            (Kind.small, Way.up): s1;
            (Kind.small, _): s2;
            (Kind.large, Way.down): s3;
            default: check;
        }
    }
    state check {
        transition select(hdr.h.r != 0) {
            true: s4;
            false: s5;
        }
    }
    state s1 { meta.n = 1; transition accept; }
    state s2 { meta.n = 2; transition accept; }
    state s3 { meta.n = 3; transition accept; }
    state s4 { meta.n = 4; transition accept; }
    state s5 { meta.n = 5; transition accept; }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.r = meta.n;
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
