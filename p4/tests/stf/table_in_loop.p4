// a table applied in a loop and in both branches, in a function-like control
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> w; bit<16> v; }

struct headers_t {
    h_t h;
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
    action inc(bit<8> by) { hdr.h.a = hdr.h.a + by; hdr.h.b = hdr.h.b + 1; }
    table t { key = { hdr.h.a: exact @name("k"); } actions = { inc; NoAction; } default_action = NoAction; }
    apply {
        std.egress_spec = 1;
        for (bit<8> i in 0 .. 3) {
            if (t.apply().miss) {
                hdr.h.b = hdr.h.b + 1;
                break;
            } else if (i == 2) {
                continue;
            }
        }
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
