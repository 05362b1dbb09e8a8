// Assigning to a slice leaves the other bits alone (8.7, 6.7).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<32> a;
    int<8> b;
    bit<64> c;
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
        hdr.h.a[15:8] = 8w0xff;
        hdr.h.a[31:31] = 1w1;
        hdr.h.b[3:0] = 4w0b1010;
        hdr.h.c[35:28] = hdr.h.a[15:8];
        hdr.h.c[63:60] = ~hdr.h.c[63:60];
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
