// A sub-parser that takes a stack goes on at its next element (8.20, 13.10).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<4> k; bit<4> v; }
parser Some(packet_in pkt, inout l_t[6] s) {
    state start {
        pkt.extract(s.next);
        transition select(s.last.k) {
            1: start;
            default: accept;
        }
    }
}

struct headers_t {
    l_t[6] s;
}

struct meta_t {
    bit<32> li;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Some() some;

    state start {
        pkt.extract(hdr.s.next);
        some.apply(pkt, hdr.s);
        meta.li = hdr.s.lastIndex;
        some.apply(pkt, hdr.s);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.s[0].v = meta.li[3:0];
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
