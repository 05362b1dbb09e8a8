// H may hold structures of headers beside plain headers.
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
struct group_t { a_t p; a_t q; }

struct headers_t {
    group_t g1;
    a_t mid;
    group_t g2;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.g1.p);
        pkt.extract(hdr.mid);
        pkt.extract(hdr.g2.q);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.g2.p = hdr.g1.p;
        hdr.g1.q = hdr.mid;
        hdr.g1.p.setInvalid();
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
        pkt.emit(hdr.g2);
        pkt.emit(hdr.mid);
        pkt.emit(hdr.g1);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
