// The length of a varbit is looked at as well when the header goes to `_` (13.8.2, 13.8.4).
#include <core.p4>
#include <v1model.p4>

header e_t { bit<8> error_; bit<8> length; }
header h_t { bit<8> bits; varbit<16> v; }

struct headers_t {
    e_t e;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        bit<8> bits = pkt.lookahead<bit<8>>();
        pkt.extract<h_t>(_, (bit<32>) bits);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.e = { 0xff, (bit<8>) std.packet_length };
        if (std.parser_error == error.NoError) {
            hdr.e.error_ = 0;
        } else if (std.parser_error == error.ParserInvalidArgument) {
            hdr.e.error_ = 1;
        } else if (std.parser_error == error.PacketTooShort) {
            hdr.e.error_ = 2;
        } else if (std.parser_error == error.HeaderTooShort) {
            hdr.e.error_ = 3;
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
