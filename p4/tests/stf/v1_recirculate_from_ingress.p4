// What ingress wants to have recirculated goes behind egress, and keeps its fields though egress does not read them.
#include <core.p4>
#include <v1model.p4>
header h_t {
    bit<8> passes;
    bit<8> kept;
}
struct headers_t {
    h_t h;
}
struct metadata_t {
    @field_list(1) bit<8> keep;
    bit<8> at_first;
}
parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.h);
        meta.at_first = meta.keep;
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
        if (std.instance_type == 0) {
            meta.keep = 0xa0;
            recirculate_preserving_field_list(1);
        }
    }
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    register<bit<8>>(8) seen;
    apply {
        seen.write(std.instance_type & 7, meta.at_first);
        hdr.h.kept = meta.at_first;
    }
}
control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.h);
    }
}
V1Switch(P(), V(), I(), E(), V(), D()) main;
