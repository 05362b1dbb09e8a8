// An index that is a parameter is not known at compile time, whatever the call gives for it (18.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
}

header s_t {
    bit<8> v;
}

struct headers_t {
    h_t h;
    s_t[2] s;
}

struct meta_t { }

bit<8> element(in tuple<bit<8>, bit<8>> of, in bit<8> at) {
    bit<8>[2] all;
    all[0] = of[0];
    all[1] = of[1];
    return all[at];
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.h);
        pkt.extract(hdr.s.next);
        pkt.extract(hdr.s.next);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    action put(bit<8> at, bit<8> v) { hdr.s[at].v = v; }
    action get(in bit<8> at) { hdr.h.b = hdr.s[at].v + element({ 1, 2 }, at); }

    apply {
        std.egress_spec = 1;
        put(0, 0x10);
        put(2, 0x20);
        put(255, 0x30);
        get(1);
        if (hdr.h.a == 1) {
            get(7);
        }
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
