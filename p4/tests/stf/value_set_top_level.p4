// A value set at the top level, of two parsers (appendix F); a test cannot fill it.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<32> d;
    bit<16> p;
    bit<8> r;
}

struct headers_t {
    h_t h;
}

struct meta_t { }

value_set<bit<8>>(4) known;

parser Sub(packet_in pkt, inout headers_t hdr) {
    state start {
        transition select(hdr.h.a) {
            known: reject;
            2: accept;
        }
    }
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Sub() sub;
    state start {
        pkt.extract(hdr.h);
        transition select(hdr.h.a) {
            known: reject;
            1: accept;
            default: more;
        }
    }
    state more {
        sub.apply(pkt, hdr);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (std.parser_error == error.NoMatch) {
            hdr.h.r = 0xff;
        }
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
