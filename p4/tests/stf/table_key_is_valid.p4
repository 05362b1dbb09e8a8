// isValid() as a key (14.2.1.1).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> k; }
header b_t { bit<8> v; }

struct headers_t {
    a_t a;
    b_t b;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.a);
        transition select(hdr.a.k) {
            1: more;
            default: accept;
        }
    }
    state more {
        pkt.extract(hdr.b);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action set(bit<8> v) { hdr.a.k = v; }
    table t {
        key = { hdr.b.isValid(): exact; hdr.a.k: ternary; }
        actions = { set; }
        default_action = set(0xdd);
    }

    apply {
        std.egress_spec = 1;
        t.apply();
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
