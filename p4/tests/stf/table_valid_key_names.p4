// isValid as keys of several kinds, key names
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> w; bit<16> v; }
header o_t { bit<8> x; }

struct headers_t {
    h_t h;
    o_t o;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        transition select(hdr.h.a[0:0]) {
            1: more;
            default: accept;
        }
    }
    state more {
        pkt.extract(hdr.o);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action set(bit<8> v) { hdr.h.c = hdr.h.c + v; }
    table t { key = { hdr.o.isValid(): exact; hdr.h.a: ternary; } actions = { set; NoAction; } default_action = NoAction; }
    table u { key = { hdr.o.isValid(): ternary; } actions = { set; } }
    apply {
        std.egress_spec = 1;
        t.apply();
        u.apply();
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
