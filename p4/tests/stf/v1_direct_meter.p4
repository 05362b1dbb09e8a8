// A direct meter belongs to the entry that was hit.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> k;
    bit<8> color;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    bit<2> color;
}

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
    direct_meter<bit<2>>(MeterType.bytes) dm;
    action metered() { dm.read(meta.color); }
    table t {
        key = { hdr.h.k: exact; }
        actions = { metered; NoAction; }
        default_action = NoAction();
        meters = dm;
    }

    apply {
        std.egress_spec = 1;
        meta.color = 3;
        t.apply();
        hdr.h.color = (bit<8>)meta.color;
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
