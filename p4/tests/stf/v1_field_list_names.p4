// The numbers of field lists may be constants, members of enums, and what is computed of them.
#include <core.p4>
#include <v1model.p4>

enum bit<8> Lists {
    none = 0,
    first = 1,
    second = 2
}

const bit<8> THIRD = 3;

header h_t {
    bit<8> list;
    bit<8> x;
    bit<8> y;
    bit<8> z;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(Lists.first) bit<8> x;
    @field_list(Lists.first, Lists.second, 4) bit<8> y;
    @field_list(THIRD, THIRD + 1) @field_list((bit<8>) Lists.second) bit<8> z;
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
        meta = { 0x11, 0x22, 0x33 };
        switch (hdr.h.list) {
            1: { clone_preserving_field_list(CloneType.I2E, 1, Lists.first); }
            2: { clone_preserving_field_list(CloneType.I2E, 1, Lists.second); }
            3: { clone_preserving_field_list(CloneType.I2E, 1, THIRD); }
            4: { clone_preserving_field_list(CloneType.I2E, 1, THIRD + 1); }
            default: { clone_preserving_field_list(CloneType.I2E, 1, Lists.none); }
        }
        mark_to_drop(std);
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
