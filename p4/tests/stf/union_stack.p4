// A stack of unions, filled through next (8.21, 13.9).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> k; }
header b_t { bit<8> k; bit<16> v; }
header_union o_t { a_t nop; b_t val; }

struct headers_t {
    o_t[3] o;
}

struct meta_t {
    bit<8> count;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        transition select(pkt.lookahead<bit<8>>()) {
            0: nop;
            1: val;
            default: accept;
        }
    }
    state nop {
        pkt.extract(hdr.o.next.nop);
        meta.count = meta.count + 1;
        transition start;
    }
    state val {
        pkt.extract(hdr.o.next.val);
        meta.count = meta.count + 0x10;
        transition start;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (hdr.o[0].val.isValid()) { hdr.o[0].val.v[7:0] = meta.count; }
        if (hdr.o[1].nop.isValid()) { hdr.o[1].nop.setInvalid(); }
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
