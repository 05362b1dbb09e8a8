// && and || evaluate the second operand only when it matters (8.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> l0;
    bit<8> l1;
    bit<8> l2;
    bit<8> r;
}

bool seen(inout bit<8> log, in bit<8> bit_, in bool result) {
    log = log | bit_;
    return result;
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
        bool x = hdr.h.a == 1;
        if (seen(hdr.h.l0, 1, x) && seen(hdr.h.l0, 2, true)) { hdr.h.r = hdr.h.r | 1; }
        if (seen(hdr.h.l1, 1, x) || seen(hdr.h.l1, 2, false)) { hdr.h.r = hdr.h.r | 2; }
        bool y = (seen(hdr.h.l2, 1, x) || seen(hdr.h.l2, 2, true)) && (seen(hdr.h.l2, 4, !x) || seen(hdr.h.l2, 8, false));
        if (y) { hdr.h.r = hdr.h.r | 4; }
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
