// What a state did before the error stays done (13.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
}

error { Odd }

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<8> x;
    bit<8> y;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        meta.x = hdr.h.a;
        verify(hdr.h.a & 1 == 0, error.Odd);
        meta.y = 0x10;
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.a = meta.x + meta.y;
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
