// resubmit parses the original bytes again; only the field list is kept; instance_type 6.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> x;
    bit<8> y;
    bit<8> type;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(1) bit<8> x;
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
        hdr.h.a = hdr.h.a + 1;
        if (std.instance_type == 0) {
            meta.x = 0x12;
            meta.y = 0x34;
            resubmit_preserving_field_list(1);
        } else {
            hdr.h.x = meta.x;
            hdr.h.y = meta.y;
            hdr.h.type = (bit<8>)std.instance_type;
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
