// next may be assigned like any element; only extract advances it (8.20).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<8> v; }

struct headers_t {
    l_t[3] s;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        hdr.s.next = { 0x55 };
        hdr.s.next.v = hdr.s.next.v + 1;
        transition select(pkt.lookahead<bit<8>>()) {
            0: accept;
            default: more;
        }
    }
    state more {
        pkt.extract(hdr.s.next);
        hdr.s.next = { 0x77 };
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
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
