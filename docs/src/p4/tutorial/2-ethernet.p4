// Sends every frame back to its sender: addresses exchanged.
#include <core.p4>
#include <v1model.p4>

// ANCHOR: headers
header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

struct headers_t {
    ethernet_t ethernet;
}
// ANCHOR_END: headers

struct metadata_t {}

// ANCHOR: parser
parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        transition accept;
    }
}
// ANCHOR_END: parser

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

// ANCHOR: ingress
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        if (!hdr.ethernet.isValid()) {
            mark_to_drop(std);
            exit;
        }
        bit<48> sender = hdr.ethernet.src;
        hdr.ethernet.src = hdr.ethernet.dst;
        hdr.ethernet.dst = sender;
        std.egress_spec = std.ingress_port;
    }
}
// ANCHOR_END: ingress

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

// ANCHOR: deparser
control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
    }
}
// ANCHOR_END: deparser

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
