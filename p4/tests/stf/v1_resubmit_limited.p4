// A counter in the field list ends the resubmissions.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> n;
}

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(7) bit<8> turn;
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
        if (meta.turn < 3) {
            meta.turn = meta.turn + 1;
            resubmit_preserving_field_list(7);
        } else {
            hdr.h.n = meta.turn;
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
