// Generic structures, nested with >> (7.2.12).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> r0;
    bit<16> r1;
}

struct S<T> { T f; bool ok; }
struct G<T> { S<T> s; T d; }
const G<bit<8>> g0 = { s = { f = 5, ok = true }, d = 6 };

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
        G<bit<8>> g = g0;
        g.s.f = g.s.f + hdr.h.a;
        S<S<bit<16>>> n = { { 0x1234, false }, g.s.ok };
        hdr.h.r0 = g.s.f + g.d;
        if (n.ok && !n.f.ok) { hdr.h.r1 = n.f.f; }
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
