// Enums, errors and bools as out and inout arguments (6.8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> r;
}

enum Way { up, down, left }
void turn(inout Way w, out bool turned, inout error e) {
    if (w == Way.up) { w = Way.down; turned = true; e = error.NoMatch; }
    else if (w == Way.down) { w = Way.left; }
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
    apply {
        std.egress_spec = 1;
        Way w = hdr.h.a == 0 ? Way.up : Way.down;
        bool t = true;
        error e = error.NoError;
        turn(w, t, e);
        if (w == Way.down) { hdr.h.r = hdr.h.r + 1; }
        if (w == Way.left) { hdr.h.r = hdr.h.r + 2; }
        if (t) { hdr.h.r = hdr.h.r + 4; }
        if (e == error.NoMatch) { hdr.h.r = hdr.h.r + 8; }
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
