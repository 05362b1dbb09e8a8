// unions as arguments, results, in structs; validity through copies
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> t; bit<8> v; }
header b_t { bit<8> t; bit<16> v; }
header_union u_t { a_t a; b_t b; }
header e_t { bit<8> x; }
struct in_t { u_t u; e_t e; }

struct headers_t {
    in_t i;
}

struct meta_t { }

u_t turn(in u_t u) {
    u_t r;
    if (u.a.isValid()) {
        r.b = { 2, (bit<16>) u.a.v };
    } else {
        r.a = { 1, u.b.v[7:0] };
    }
    return r;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        transition select(pkt.lookahead<bit<8>>()) {
            1: pa;
            2: pb;
        }
    }
    state pa { pkt.extract(hdr.i.u.a); transition accept; }
    state pb { pkt.extract(hdr.i.u.b); transition accept; }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        u_t before = hdr.i.u;
        hdr.i.u = turn(hdr.i.u);
        hdr.i.e.setValid();
        hdr.i.e.x = before.a.isValid() ? 8w1 : (before.b.isValid() && hdr.i.u.a.isValid() ? 8w2 : 8w3);
        u_t empty;
        if (empty == before) { hdr.i.e.x = 0xff; }
        if (before != before) { hdr.i.e.x = 0xfe; }
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
