// verify ends the parser with the given error (13.7).
#include <core.p4>
#include <v1model.p4>

error { BadVersion, BadLength }
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
        verify(hdr.a.code[7:4] == 4, error.BadVersion);
        verify(hdr.a.code[3:0] >= 5, error.BadLength);
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
        if (std.parser_error == error.BadVersion) { hdr.e.code = 1; }
        else if (std.parser_error == error.BadLength) { hdr.e.code = 2; }
        if (hdr.b.isValid()) { hdr.e.code = 3; }
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
