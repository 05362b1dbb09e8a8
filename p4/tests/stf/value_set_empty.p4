// A value set without entries matches nothing (13.11).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<16> t;
    bit<8> r;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<8> n;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    value_set<bit<16>>(4) known;

    state start {
        pkt.extract(hdr.h);
        transition select(hdr.h.t) {
            known: yes;
            0x0800: special;
            default: accept;
        }
    }
    state yes { meta.n = 1; transition accept; }
    state special { meta.n = 2; transition accept; }
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
