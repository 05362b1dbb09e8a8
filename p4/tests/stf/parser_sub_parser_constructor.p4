// A sub-parser with a constructor parameter, instantiated twice (15).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
parser One(packet_in pkt, out a_t a)(bit<8> add, bool twice) {
    state start {
        pkt.extract(a);
        a.x = a.x + add;
        transition select(twice) {
            true: again;
            false: accept;
        }
    }
    state again {
        a.x = a.x + add;
        transition accept;
    }
}

struct headers_t {
    a_t p;
    a_t q;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    One(1, false) o1;
    One(twice = true, add = 0x10) o2;

    state start {
        o1.apply(pkt, hdr.p);
        o2.apply(pkt, hdr.q);
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
