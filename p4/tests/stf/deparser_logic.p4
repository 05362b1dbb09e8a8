// Conditions and a header emitted twice in a deparser (16).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }

struct headers_t {
    a_t p;
    a_t q;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.p);
        pkt.extract(hdr.q);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
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
        if (hdr.p.x == 1) {
            pkt.emit(hdr.q);
            pkt.emit(hdr.q);
        } else {
            pkt.emit(hdr);
        }
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
