// Boolean equality, negation and precedence of && over || (8.5).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
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
    apply {
        std.egress_spec = 1;
        bool p = hdr.h.a[0:0] == 1;
        bool q = hdr.h.a[1:1] == 1;
        bool s = hdr.h.a[2:2] == 1;
        if (p || q && s) { hdr.h.r[0:0] = 1; }
        if (p == q) { hdr.h.r[1:1] = 1; }
        if (p != q) { hdr.h.r[2:2] = 1; }
        if (!p && !q) { hdr.h.r[3:3] = 1; }
        if (p == q == s) { hdr.h.r[4:4] = 1; }
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
