// recirculate sends the deparsed packet to the parser; instance_type 4.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> x;
    bit<8> type;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(2) bit<8> x;
    bit<8> y;
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
        if (std.instance_type == 4) {
            hdr.h.x = meta.x + meta.y;
            hdr.h.type = 4;
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        if (hdr.h.a < 3) {
            hdr.h.a = hdr.h.a + 1;
            meta.x = meta.x + 0x10;
            meta.y = 7;
            recirculate_preserving_field_list(2);
        }
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
