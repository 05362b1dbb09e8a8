// A register passed to a control, when it is instantiated and when it is applied (8.24).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
}

control Bump(inout bit<8> x)(register<bit<8>> r, bit<32> at) {
    apply {
        bit<8> v;
        r.read(v, at);
        r.write(at, v + 1);
        x = v;
    }
}
control Peek(register<bit<8>> r, in bit<32> at, out bit<8> x) {
    apply {
        r.read(x, at);
    }
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
    register<bit<8>>(4) shared;
    Bump(shared, 1) one;
    Bump(shared, 2) two;
    Peek() peek;

    apply {
        std.egress_spec = 1;
        one.apply(hdr.h.a);
        two.apply(hdr.h.b);
        one.apply(hdr.h.a);
        peek.apply(shared, 1, hdr.h.c);
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
