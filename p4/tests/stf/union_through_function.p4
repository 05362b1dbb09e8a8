// A union as an argument and in a structure that is copied (8.21).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
header b_t { bit<16> y; }
header_union u_t { a_t a; b_t b; }
struct s_t { u_t u; bit<8> n; }
u_t widen(in u_t u) {
    u_t r = u;
    if (u.a.isValid()) { r.b = { 8w0 ++ u.a.x }; }
    return r;
}

struct headers_t {
    u_t u;
    a_t last;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.u.a);
        pkt.extract(hdr.last);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        s_t s;
        s.u = widen(hdr.u);
        s.n = 3;
        s_t t = s;
        if (hdr.last.x == 1) { hdr.u = t.u; }
        hdr.last.x = t.n;
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
