// Slices of 200 bits across the words of a machine, read and written (8.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<200> a;
    bit<200> b;
    bit<72> r0;
    bit<64> r1;
    bit<8> r2;
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
        hdr.h.r0 = hdr.h.a[131:60];
        hdr.h.r1 = hdr.h.a[199:136];
        hdr.h.r2 = hdr.h.a[67:60];
        hdr.h.b[131:60] = hdr.h.r0;
        hdr.h.b[127:127] = 0;
        hdr.h.b[63+:2] = 2w3;
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
