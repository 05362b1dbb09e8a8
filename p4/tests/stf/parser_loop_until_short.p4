// A parser loop that consumes ends with the packet (13.8.1).
#include <core.p4>
#include <v1model.p4>

header e_t { bit<8> code; }
header l_t { bit<16> v; }

struct headers_t {
    e_t e;
    l_t l;
}

struct meta_t {
    bit<8> n;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.l);
        transition more;
    }
    state more {
        pkt.advance(16);
        meta.n = meta.n + 1;
        transition more;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.e = { meta.n };
        if (std.parser_error == error.PacketTooShort) { hdr.e.code = hdr.e.code | 0x80; }
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
