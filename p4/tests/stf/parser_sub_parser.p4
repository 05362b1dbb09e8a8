// A sub-parser shares the packet's position; its reject is the caller's (13.10).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
struct pair_t { a_t one; a_t two; }
parser Pair(packet_in pkt, out pair_t p, in bit<8> want) {
    state start {
        verify(pkt.lookahead<bit<8>>() == want, error.NoMatch);
        pkt.extract(p.one);
        transition select(p.one.x) {
            1: two;
            default: accept;
        }
    }
    state two {
        pkt.extract(p.two);
        transition accept;
    }
}

struct headers_t {
    a_t first;
    pair_t p;
    a_t last;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Pair() sub;

    state start {
        pkt.extract(hdr.first);
        sub.apply(pkt, hdr.p, hdr.first.x);
        pkt.extract(hdr.last);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (hdr.last.isValid()) { hdr.last.x = hdr.last.x + 1; }
        if (std.parser_error == error.NoMatch) { hdr.first.x = 0xff; }
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
