// What comes back goes where it belongs in the order in which a call names its arguments (6.8), whatever the order of the
// parameters.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
}

void f(out bit<8> one, out bit<8> two) {
    one = 1;
    two = 2;
}
action act(out bit<8> one, out bit<8> two) {
    one = 1;
    two = 2;
}
control Sub(out bit<8> one, out bit<8> two) {
    apply {
        one = 1;
        two = 2;
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
    apply {
        std.egress_spec = 1;
        f(one = hdr.h.a, two = hdr.h.a);
        f(two = hdr.h.b, one = hdr.h.b);
        act(two = hdr.h.c, one = hdr.h.c);
        Sub.apply(two = hdr.h.d, one = hdr.h.d);
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
