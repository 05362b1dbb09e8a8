// resubmit with multicast and drop, then mcast in the second pass
#include <core.p4>
#include <v1model.p4>

header h_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> w; bit<16> v; }

struct headers_t {
    h_t h;
}

struct meta_t {
    @field_list(3)
    bit<8> seen;
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
        std.mcast_grp = 7;
        mark_to_drop(std);
        if (meta.seen == 0) {
            meta.seen = 1;
            resubmit_preserving_field_list(3);
            std.mcast_grp = 9;
        } else {
            std.mcast_grp = 7;
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.c = (bit<8>) std.instance_type;
        hdr.h.d = (bit<8>) std.egress_rid;
        hdr.h.w = (bit<16>) (bit<9>) std.egress_port;
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
