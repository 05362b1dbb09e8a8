// A structure inside a header: laid out field by field (7.2.2).
#include <core.p4>
#include <v1model.p4>

struct addr_t { bit<16> hi; bit<8> lo; }
header n_t { bit<8> k; addr_t src; addr_t dst; }

struct headers_t {
    n_t h;
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
        addr_t t = hdr.h.src;
        hdr.h.src = hdr.h.dst;
        hdr.h.dst = t;
        hdr.h.dst.lo = hdr.h.k;
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
