// Copies of a multicast group that are recirculated or cloned, each with its own field list.
#include <core.p4>
#include <v1model.p4>

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
    @field_list(3) bit<16> rid;
    @field_list(3, 4) bit<9> port;
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
        if (std.instance_type == 4) {
            std.egress_spec = 9;
            hdr.h.b = (bit<8>)meta.rid;
            hdr.h.c = (bit<8>)meta.port;
            hdr.h.d = 4;
        } else {
            std.mcast_grp = 1;
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply {
        meta.rid = std.egress_rid;
        if (std.instance_type == 5) {
            meta.port = std.egress_port;
            if (std.egress_rid == 7) {
                recirculate_preserving_field_list(3);
            } else if (std.egress_port == 2) {
                clone_preserving_field_list(CloneType.E2E, 5, 4);
            }
            hdr.h.a = 0xa5;
        } else if (std.instance_type == 2) {
            // It was made of the one for port 2, and has no number in a group.
            hdr.h.b = (bit<8>)meta.port;
            hdr.h.c = (bit<8>)std.egress_port;
            hdr.h.d = (bit<8>)meta.rid;
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
