// The numbers of @field_list as members of an enum, constants and casts.
#include <core.p4>
#include <v1model.p4>

enum bit<8> Kept {
    NOTHING = 0,
    FIRST = 1,
    SECOND = 2
}
const bit<8> THIRD = 3;

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> d;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(Kept.FIRST) bit<8> x;
    @field_list(Kept.SECOND, Kept.FIRST) bit<8> y;
    @field_list((bit<8>) Kept.SECOND, THIRD) bit<8> z;
    bit<8> lost;
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
        if (std.instance_type == 0) {
            meta = { 0x11, 0x22, 0x33, 0x44 };
            switch (hdr.h.a) {
                1: { resubmit_preserving_field_list(Kept.FIRST); }
                2: { resubmit_preserving_field_list(Kept.SECOND); }
                3: { resubmit_preserving_field_list(THIRD); }
                default: { resubmit_preserving_field_list(Kept.NOTHING); }
            }
        } else {
            hdr.h = { meta.x, meta.y, meta.z, meta.lost };
        }
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
