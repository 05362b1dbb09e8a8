// An enum with a representation in a header: named, equal and unnamed values (8.3).
#include <core.p4>
#include <v1model.p4>

enum bit<16> Ether { VLAN = 0x8100, IPV4 = 0x0800, IPV6 = 0x86dd, OLD = 0x0800 }
header e_t { Ether t; bit<8> r; bit<16> n; }

struct headers_t {
    e_t h;
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
        if (hdr.h.t == Ether.VLAN) { hdr.h.r = 1; }
        else if (hdr.h.t == Ether.OLD) { hdr.h.r = 2; }
        else if (hdr.h.t == Ether.IPV6) { hdr.h.r = 3; }
        else { hdr.h.r = 0xff; }
        hdr.h.n = (bit<16>)hdr.h.t + 1;
        hdr.h.t = (Ether)(bit<16>)0x1234;
        if (hdr.h.t != Ether.IPV4) { hdr.h.r[7:4] = hdr.h.r[7:4] ^ 0xf; }
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
