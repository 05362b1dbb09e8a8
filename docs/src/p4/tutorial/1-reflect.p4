// Sends every packet back to where it came from.
#include <core.p4>
#include <v1model.p4>

// ANCHOR: structs
struct headers_t {}
struct metadata_t {}
// ANCHOR_END: structs

// ANCHOR: parts
parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = std.ingress_port;
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {}
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
// ANCHOR_END: parts
