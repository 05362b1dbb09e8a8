// isValid in a select and in verify (13.6).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> v; }

struct headers_t {
    a_t e;
    a_t a;
    a_t b;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        transition select(pkt.lookahead<bit<1>>()) {
            1: first;
            default: second;
        }
    }
    state first {
        pkt.extract(hdr.a);
        transition second;
    }
    state second {
        transition select(hdr.a.isValid(), pkt.length() > 1) {
            (true, true): third;
            (false, _): third;
            default: accept;
        }
    }
    state third {
        pkt.extract(hdr.b);
        verify(hdr.a.isValid() || hdr.b.v != 0, error.NoMatch);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.e = { 0 };
        if (hdr.a.isValid()) { hdr.e.v = hdr.e.v + 1; }
        if (hdr.b.isValid()) { hdr.e.v = hdr.e.v + 2; }
        if (std.parser_error == error.NoMatch) { hdr.e.v = hdr.e.v + 4; }
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
