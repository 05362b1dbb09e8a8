// lookahead reads without moving (13.8.3).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; bit<8> y; }

struct headers_t {
    a_t a;
}

struct meta_t {
    bit<4> first;
    bit<24> all;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        meta.first = pkt.lookahead<bit<4>>();
        meta.all = pkt.lookahead<bit<24>>();
        pkt.extract(hdr.a);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.a.x = 4w0 ++ meta.first;
        hdr.a.y = meta.all[7:0];
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
