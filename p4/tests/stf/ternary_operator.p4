// Only the chosen branch of ?: is evaluated (8.1, 8.5.1); a chain of them is read as in C (8).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> log;
    bit<8> r0;
    bit<8> r1;
    bit<8> r2;
}

bit<8> mark(inout bit<8> log, in bit<8> what) {
    log = log + what;
    return what;
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
        hdr.h.r0 = hdr.h.a > 10 ? mark(hdr.h.log, 1) : mark(hdr.h.log, 16);
        hdr.h.r1 = hdr.h.a == 0 ? 8w5 : (hdr.h.a == 1 ? 8w6 : 8w7);
        hdr.h.r2 = hdr.h.a == 0 ? 8w1 : hdr.h.a == 1 ? 8w2 : hdr.h.a < 3 ? hdr.h.log == 0x11 ? 8w3 : 4 : 5;
        bool all = hdr.h.a == 0 ? true : hdr.h.a == 1 ? false : true;
        hdr.h.r2 = hdr.h.r2 | (all ? 8w0x80 : 0);
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
