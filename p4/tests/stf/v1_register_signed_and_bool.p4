// Registers of signed values, of one bit and of 200 bits.
#include <core.p4>
#include <v1model.p4>

header h_t {
    int<8> a;
    bit<1> b;
    bit<7> p;
    bit<200> c;
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
    register<int<8>>(1) ra;
    register<bit<1>>(1) rb;
    register<bit<200>>(1) rc;

    apply {
        std.egress_spec = 1;
        int<8> x;
        bit<1> y;
        bit<200> z;
        ra.read(x, 0);
        rb.read(y, 0);
        rc.read(z, 0);
        ra.write(0, hdr.h.a);
        rb.write(0, hdr.h.b);
        rc.write(0, hdr.h.c + 1);
        hdr.h.a = x >> 1;
        hdr.h.b = y;
        hdr.h.c = z;
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
