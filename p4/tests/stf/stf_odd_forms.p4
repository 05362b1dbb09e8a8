// odd ways to write test files
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> w; bit<16> v; }
header s_t { bit<8> x; }

struct headers_t {
    h_t h;
    s_t[2] s;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        pkt.extract(hdr.s.next);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action set(bit<8> v, bit<8> z) { hdr.h.w = (bit<16>) v; hdr.h.d = z; }
    table t { key = { hdr.h.a: ternary; hdr.s[0].x: ternary; } actions = { set; NoAction; } default_action = NoAction; }
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
