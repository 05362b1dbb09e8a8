// Parsers and controls with type parameters, given and inferred (15.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<16> c;
}

struct headers_t {
    h_t h;
    h_t g;
}

struct meta_t { }

parser Two<T>(packet_in pkt, out T one, out T two) {
    state start {
        pkt.extract(one);
        pkt.extract(two);
        transition accept;
    }
}

control Swap<T>(inout T one, inout T two) {
    apply {
        T held = one;
        one = two;
        two = held;
    }
}

control Hold<A, B>(in A a, inout B b)(bit<8> times) {
    A kept;
    register<B>((bit<32>)times) cells;
    apply {
        kept = a;
        cells.write(0, b);
        cells.read(b, 0);
    }
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Two<h_t>() two;
    state start {
        two.apply(pkt, hdr.h, hdr.g);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply { }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    Hold<bit<8>, bit<16>>(3) first;
    Hold<bit<16>, bit<8>>(4) second;

    apply {
        std.egress_spec = 1;
        first.apply(hdr.h.a, hdr.h.c);
        second.apply(hdr.h.c, hdr.h.b);
        Swap<bit<8>>.apply(hdr.h.a, hdr.h.b);
        Swap.apply(hdr.h, hdr.g);
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
