// An entry may leave a key open that is matched exactly; the first that matches wins (14.2.1.4).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
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
    action none() { hdr.h.c = 0xffff; }
    action set(bit<16> v) { hdr.h.c = v; }
    table t {
        key = { hdr.h.a: exact; hdr.h.b: ternary; }
        actions = { none; set; }
        default_action = none();
        const entries = {
            (1, 0x10 &&& 0xf0): set(1);
            (2, _): set(2);
            (_, 7): set(3);
            _: set(4);
        }
    }
    table u {
        key = { hdr.h.a: exact; }
        actions = { set; }
        const default_action = set(9);
        const entries = {
            5: set(5);
            _: set(6);
        }
    }

    apply {
        std.egress_spec = 1;
        if (hdr.h.b == 0x55) {
            u.apply();
        } else {
            t.apply();
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
