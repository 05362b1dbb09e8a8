// A size for the varbit field that is no whole number of bytes ends the parser with ParserInvalidArgument (13.8.2); one that
// ends within a byte because of the fields before it does not.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> size;
    bit<8> error_seen;
}

header v_t {
    bit<4> t;
    varbit<64> v;
    bit<4> e;
}

struct headers_t {
    h_t h;
    v_t v;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        pkt.extract(hdr.v, (bit<32>)hdr.h.size);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.error_seen = std.parser_error == error.NoError ? 8w0
            : std.parser_error == error.ParserInvalidArgument ? 8w1
            : std.parser_error == error.HeaderTooShort ? 8w2 : 3;
        hdr.v.t = 0xf;
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
