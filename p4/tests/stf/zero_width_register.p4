// A register whose cells have no bits holds zeros (7.1.6.2, 8.27); an index with side effects is evaluated, a meter's colour for
// nothing is measured all the same.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
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

bit<32> next(inout bit<8> n) {
    n = n + 1;
    return (bit<32>) n;
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<0>>(4) nothing;
    register<tuple<>>(4) less;
    register<int<0>>(1) sign;
    meter(4, MeterType.packets) rate;
    apply {
        std.egress_spec = 1;
        bit<0> z;
        tuple<> t;
        int<0> i;
        nothing.read(z, next(hdr.h.b));
        nothing.write(next(hdr.h.b), z);
        less.read(t, next(hdr.h.b));
        less.write(9, t);
        sign.write(0, 0);
        sign.read(i, 0);
        rate.execute_meter(0, z);
        hdr.h.a = hdr.h.a ++ z;
        if (z == 0 && i == 0 && t == {}) {
            hdr.h.c = 0xcccc;
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
