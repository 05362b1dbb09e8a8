// A stack as an inout argument, changed element by element (6.8, 8.20).
#include <core.p4>
#include <v1model.p4>

header l_t { bit<8> v; }
void bump(inout l_t[3] s, in bit<8> by) {
    for (bit<8> i in 0 .. 2) {
        if (s[i].isValid()) { s[i].v = s[i].v + by; }
    }
    s.push_front(1);
    s[0] = { by };
}

struct headers_t {
    l_t[3] s;
}

struct meta_t { }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.s.next);
        pkt.extract(hdr.s.next);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        bump(hdr.s, 0x10);
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
