// Wide fields that begin and end within bytes (7.2.2).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<3> a;
    bit<65> b;
    int<60> c;
    bit<130> d;
    bit<6> e;
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
        hdr.h.b = hdr.h.b + 1;
        hdr.h.c = -hdr.h.c;
        hdr.h.d = hdr.h.d ^ (130w3 << 128);
        hdr.h.e = hdr.h.e |+| 60;
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
