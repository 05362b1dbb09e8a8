// Values of a type made by `type` need casts for arithmetic, not for comparison (7.6, 8.25).
#include <core.p4>
#include <v1model.p4>

type bit<16> Vlan_t;
type Vlan_t Outer_t;
header v_t { Vlan_t a; Vlan_t b; bit<8> r; bit<16> s; }

struct headers_t {
    v_t h;
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
        Vlan_t t = (Vlan_t)((bit<16>)hdr.h.a + 1);
        if (t == hdr.h.b) { hdr.h.r = 1; }
        else if (hdr.h.a != hdr.h.b) { hdr.h.r = 2; }
        Outer_t o = (Outer_t)hdr.h.a;
        hdr.h.s = (bit<16>)(Vlan_t)o;
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
