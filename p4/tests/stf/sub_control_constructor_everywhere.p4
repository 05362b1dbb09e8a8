// constructor parameters in keys, sizes, defaults, sub-instances and registers passed on
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> w; bit<16> v; }

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

control Leaf(inout bit<8> x)(bit<8> k) {
    apply { x = k; }
}
control Mid(inout headers_t hdr, inout bit<8> to)(bit<8> value, bit<32> size, bool flag, register<bit<16>> r) {
    Leaf(value + 2) leaf;
    action set() { to = 17; }
    action other(bit<8> v) { to = v; }
    table t {
        key = { hdr.h.a: exact @name("k"); }
        actions = { set; other; }
        size = size;
        default_action = other(value - 2);
    }
    apply {
        leaf.apply(hdr.h.c);
        t.apply();
        if (flag) {
            bit<16> n;
            r.read(n, 0);
            r.write(0, n + 1);
        } else {
            r.read(hdr.h.w, 0);
            hdr.h.d = hdr.h.d + 2;
        }
    }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    register<bit<16>>(1) shared;
    bit<8> unused = 0;
    Mid(5, 16, true, shared) one;
    Mid(5, 1024, false, shared) two;
    apply {
        std.egress_spec = 1;
        one.apply(hdr, hdr.h.b);
        two.apply(hdr, unused);
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
