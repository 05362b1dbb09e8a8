// A key that macros stand for is called by what they expand to.
#include <core.p4>
#include <v1model.p4>

#define HEADER hdr.h
#define WHOLE HEADER.a
#define PART(x) HEADER.x
#define MASK 0x0f000000

header h_t {
    bit<8> a;
    bit<32> d;
    bit<16> p;
    bit<8> r;
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
    action set(bit<8> v) { hdr.h.r = v; }
    table t {
        key = { WHOLE: exact; PART(p): exact; HEADER.d[7:0]: ternary; (hdr.h . d) & MASK: ternary; }
        actions = { set; NoAction; }
        default_action = NoAction;
    }

    apply {
        std.egress_spec = 1;
        t.apply();
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
