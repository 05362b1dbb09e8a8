// A control with a table applied by its type's name: the instance has that name (15.1).
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
}

control Inner(inout bit<8> k) {
    action set(bit<8> v) { k = v; }
    table t {
        key = { k: exact; }
        actions = { set; NoAction; }
        default_action = NoAction;
    }
    apply {
        t.apply();
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
        Inner.apply(hdr.h.k);
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
