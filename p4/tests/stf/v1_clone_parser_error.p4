// The parser runs again for a clone from ingress, errors included.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
}

header e_t { bit<16> b; }

struct headers_t {
    h_t h;
    e_t e;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        pkt.extract(hdr.e);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        clone(CloneType.I2E, 1);
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.a = hdr.e.isValid() ? 8w1 : 8w0;
        if (std.parser_error == error.PacketTooShort) { hdr.h.a = hdr.h.a + 0x10; }
    }
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
