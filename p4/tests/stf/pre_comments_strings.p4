// Comments of every kind, also where a string looks like one (6.4.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    /* a comment */ bit<8> b;
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
        /** javadoc
        * over lines ** /
        */
        hdr.h.a = 1; // to the end /* of the line
        /* hdr.h.a = 2; // not the end */ hdr.h.b = 3;
        log_msg("no // comment /* here */");
        log_msg("a \" quote and a \\");
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
