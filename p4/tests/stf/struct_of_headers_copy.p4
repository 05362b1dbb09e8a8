// Copying a structure that holds headers and a stack (8.17).
#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> x; }
struct g_t { a_t one; a_t[2] s; }

struct headers_t {
    g_t p;
    g_t q;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.p.s.next);
        pkt.extract(hdr.p.s.next);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.q = hdr.p;
        hdr.q.one = { 0x99 };
        hdr.p.s[0].setInvalid();
        if (hdr.p == hdr.q) { hdr.q.one.x = 0; }
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
