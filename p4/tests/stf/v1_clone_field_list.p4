// Metadata in the named field list goes with the clone, with its final values; the rest is zero.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> x;
    bit<8> y;
    bit<8> z;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(1) bit<8> x;
    @field_list(1, 2) bit<8> y;
    @field_list(2) bit<8> z;
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
    apply {
        std.egress_spec = 1;
        meta.x = 0x11;
        meta.y = 0x22;
        meta.z = 0x33;
        clone_preserving_field_list(CloneType.I2E, 1, 1);
        meta.x = 0x44;
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.x = meta.x;
        hdr.h.y = meta.y;
        hdr.h.z = meta.z;
    }
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
