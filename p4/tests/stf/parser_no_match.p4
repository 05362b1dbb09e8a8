// A select without a matching case gives NoMatch (13.6).
#include <core.p4>
#include <v1model.p4>

header e_t { bit<8> code; }

struct headers_t {
    e_t e;
    e_t a;
    e_t b;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.a);
        transition select(hdr.a.code) {
            1: more;
            2: accept;
        }
    }
    state more {
        pkt.extract(hdr.b);
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
        if (std.parser_error == error.NoMatch) { hdr.e.code = 1; }
        if (hdr.a.isValid()) { hdr.e.code = hdr.e.code + 0x10; }
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
