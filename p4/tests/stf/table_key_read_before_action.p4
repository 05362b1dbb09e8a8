// The key is read before the action runs and changes it (14.2.3).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
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
    action change(bit<8> v) {
        hdr.h.k = v;
        hdr.h.r = hdr.h.k;
    }
    table t {
        key = { hdr.h.k: exact; }
        actions = { change; NoAction; }
        default_action = NoAction();
    }

    apply {
        std.egress_spec = 1;
        if (t.apply().hit && hdr.h.k == 9) { hdr.h.r = hdr.h.r + 0x10; }
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
