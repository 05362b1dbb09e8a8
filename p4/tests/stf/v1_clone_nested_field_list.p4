// A structure, an enum, a bool and an error in a field list.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
}

enum Way { up, down }
struct in_t { bit<8> a; bool b; }

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(1) in_t i;
    @field_list(1) Way w;
    @field_list(1) error e;
    in_t lost;
}

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
        meta.i = { 0x11, true };
        meta.w = Way.down;
        meta.e = error.NoMatch;
        meta.lost = { 0x22, true };
        clone_preserving_field_list(CloneType.I2E, 1, 1);
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.a = meta.i.a + meta.lost.a;
        if (meta.i.b) { hdr.h.b = 1; }
        if (meta.w == Way.down) { hdr.h.c = 1; }
        if (meta.e == error.NoMatch) { hdr.h.d = 1; }
    }
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
