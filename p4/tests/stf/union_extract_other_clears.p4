// Extracting one header of a union makes the other invalid, whose fields read as zero, also in a copy (8.21, 8.27).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
}

header x_t {
    bit<16> v;
}

header y_t {
    bit<16> w;
}

header_union u_t {
    x_t x;
    y_t y;
}

struct headers_t {
    h_t h;
    u_t[2] us;
}

struct meta_t {
    bit<8> seen;
}

parser Sub(packet_in pkt, inout headers_t hdr, inout bit<8> seen) {
    state start {
        pkt.extract(hdr.us[0].y);
        seen = hdr.us[0].x.v[7:0];
        transition accept;
    }
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Sub() sub;
    state start {
        pkt.extract(hdr.h);
        hdr.us[0].x = { 0x1234 };
        pkt.advance(16);
        sub.apply(pkt, hdr, hdr.h.b);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.c = 8w0 ++ hdr.h.b;
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
