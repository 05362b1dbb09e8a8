// A loop in the parser with a local counter declared outside the states (13.4).
#include <core.p4>
#include <v1model.p4>

header n_t { bit<8> n; }
header b_t { bit<8> v; }

struct headers_t {
    n_t n;
    b_t[8] b;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    bit<8> left = 0;

    state start {
        pkt.extract(hdr.n);
        left = hdr.n.n;
        transition next;
    }
    state next {
        transition select(left) {
            0: accept;
            default: one;
        }
    }
    state one {
        pkt.extract(hdr.b.next);
        left = left - 1;
        transition next;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.b[0].setInvalid();
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
