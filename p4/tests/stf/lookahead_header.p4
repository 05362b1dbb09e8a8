// lookahead of a header gives a valid header value; of a structure, its fields (13.8.3).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; bit<8> y; }
struct s_t { bit<4> p; bit<12> q; }

struct headers_t {
    a_t a;
    a_t b;
}

struct meta_t {
    bit<12> q;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        hdr.a = pkt.lookahead<a_t>();
        s_t s = pkt.lookahead<s_t>();
        meta.q = s.q;
        transition select(pkt.lookahead<a_t>().y) {
            0x22: more;
            default: accept;
        }
    }
    state more {
        pkt.extract(hdr.b);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        if (hdr.b.isValid()) { hdr.b.x = meta.q[7:0]; }
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
