// A range whose end is below its beginning is empty (8.15.4): an entry with one is never matched.
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> u; int<8> s; bit<8> r; }

struct headers_t { h_t h; }
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
    action set(bit<8> r) { hdr.h.r = r; }
    table t {
        key = { hdr.h.u: range; hdr.h.s: range; }
        actions = { set; }
        default_action = set(0xff);
        const entries = {
            (10 .. 9, _): set(1);
            (_, 5 .. -5): set(2);
            (9 .. 10, -5 .. 5): set(3);
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
