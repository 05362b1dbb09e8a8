// A packet too short for its header still reaches ingress, header invalid (13.8.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> a;
}

header e_t { bit<8> code; }

struct headers_t {
    e_t e;
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
        hdr.e = { 0 };
        if (std.parser_error == error.PacketTooShort) { hdr.e.code = 1; }
        if (!hdr.h.isValid()) { hdr.e.code = hdr.e.code + 2; }
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
