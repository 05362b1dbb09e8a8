// Ternary constant entries: the first that matches wins (14.2.1.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> e;
    bit<16> t;
    bit<8> r;
}

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
    action none() { hdr.h.r = 0xaa; }
    action set(bit<8> v) { hdr.h.r = v; }
    table t {
        key = { hdr.h.e: exact; hdr.h.t: ternary; }
        actions = { none; set; }
        default_action = none();
        const entries = {
            (1, 0x1111 &&& 0xf): set(1);
            (2, 0x1181): set(2);
            (3, 0x1111 &&& 0xf000): set(3);
            (4, 0x0210 &&& 0x02f0): set(4);
            (4, 0x0010 &&& 0x00f0): set(5);
            (6, _): set(6);
        }
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
