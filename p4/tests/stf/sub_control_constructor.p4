// Constructor parameters of controls are compile-time known values (15).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
}

enum Op { add, sub }
control Step(inout bit<8> x)(bit<8> by, Op op) {
    apply {
        if (op == Op.add) { x = x + by; }
        else { x = x - by; }
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
    Step(3, Op.add) up;
    Step(op = Op.sub, by = 1) down;

    apply {
        std.egress_spec = 1;
        up.apply(hdr.h.a);
        down.apply(hdr.h.b);
        down.apply(x = hdr.h.b);
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
