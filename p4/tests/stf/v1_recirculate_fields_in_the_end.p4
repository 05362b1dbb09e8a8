// What is kept of a packet that is recirculated is what its fields are in the end: behind egress and the control of checksums,
// also of one that ingress wants to have recirculated and that goes to a group or is cloned meanwhile.
#include <core.p4>
#include <v1model.p4>
header h_t {
    bit<8> what;
    bit<8> passes;
    bit<8> kept;
}
struct headers_t {
    h_t h;
}
struct metadata_t {
    @field_list(1) bit<8> keep;
}
parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control V(inout headers_t hdr, inout metadata_t meta) {
    apply { }
}
control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        hdr.h.passes = hdr.h.passes + 1;
        if (std.instance_type != 0) {
            hdr.h.kept = meta.keep;
        } else if (hdr.h.what != 9) {
            if (hdr.h.what == 1) {
                std.mcast_grp = 7;
            } else if (hdr.h.what == 2) {
                clone(CloneType.I2E, 5);
            }
            meta.keep = 3;
            recirculate_preserving_field_list(1);
        }
    }
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        meta.keep = meta.keep + 0x10;
    }
}
control C(inout headers_t hdr, inout metadata_t meta) {
    apply {
        meta.keep = meta.keep + 0x20;
        if (hdr.h.what == 9) {
            hdr.h.what = 8;
            recirculate_preserving_field_list(1);
        }
    }
}
control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.h);
    }
}
V1Switch(P(), V(), I(), E(), C(), D()) main;
