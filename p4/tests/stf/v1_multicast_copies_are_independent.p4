// Each copy has its own headers and metadata in egress.
#include <core.p4>
#include <v1model.p4>

header t_t { bit<8> v; }

struct headers_t {
    t_t t;
    t_t extra;
}

struct meta_t {
    bit<8> n;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.t);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.mcast_grp = 1;
        meta.n = 5;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        meta.n = meta.n + 1;
        hdr.t.v = meta.n;
        if (std.egress_rid == 2) { hdr.extra = { 0xee }; }
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
