// Plain enums: assignment, comparison, selection; the default is the first (8.3, 7.3).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> r;
    bit<8> s;
}

enum Color { Red, Green, Blue, }

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
    apply {
        std.egress_spec = 1;
        Color c = Color.Red;
        if (hdr.h.a == 1) { c = Color.Green; }
        else if (hdr.h.a == 2) { c = Color.Blue; }
        switch (c) {
            Color.Red: { hdr.h.r = 10; }
            Color.Green: { hdr.h.r = 20; }
            default: { hdr.h.r = 30; }
        }
        Color d = ...;
        if (c == d) { hdr.h.s = 1; }
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
