// A switch whose controller sees what it does not know, and can send packets itself.
#include <core.p4>
#include <v1model.p4>

// ANCHOR: headers
// The port that the controller is behind.
const bit<9> CONTROLLER = 509;

// In front of what goes to the controller ...
@controller_header("packet_in")
header packet_in_t {
    bit<9> ingress_port;
    bit<7> reserved;
}

// ... and of what comes from it.
@controller_header("packet_out")
header packet_out_t {
    bit<9> egress_port;
    bit<7> reserved;
}

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

struct headers_t {
    packet_in_t  to_controller;
    packet_out_t from_controller;
    ethernet_t   ethernet;
}
// ANCHOR_END: headers

// ANCHOR: metadata
struct metadata_t {
    @field_list(1) bit<9> seen_on;
}

struct station_t {
    bit<48> address;
    bit<9>  port;
}
// ANCHOR_END: metadata

// ANCHOR: parser
parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        transition select(std.ingress_port) {
            CONTROLLER: from_controller;
            default: ethernet;
        }
    }

    state from_controller {
        packet.extract(hdr.from_controller);
        transition ethernet;
    }

    state ethernet {
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
    action forward(bit<9> port) {
        std.egress_spec = port;
    }

    // To all ports of multicast group 1, and a copy to the controller.
    action flood_and_tell() {
        std.mcast_grp = 1;
        meta.seen_on = std.ingress_port;
        clone_preserving_field_list(CloneType.I2E, 100, 1);
        digest<station_t>(1, { hdr.ethernet.src, std.ingress_port });
    }

    table stations {
        key = { hdr.ethernet.dst: exact; }
        actions = { forward; flood_and_tell; }
        default_action = flood_and_tell();
        size = 4096;
    }

    apply {
        if (std.parser_error != error.NoError) {
            mark_to_drop(std);
        } else if (hdr.from_controller.isValid()) {
            std.egress_spec = hdr.from_controller.egress_port;
            hdr.from_controller.setInvalid();
        } else {
            stations.apply();
        }
    }
}
// ANCHOR_END: ingress

// ANCHOR: egress
control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        if (std.egress_port == CONTROLLER) {
            hdr.to_controller.setValid();
            hdr.to_controller.ingress_port = meta.seen_on;
            truncate(34);
        } else if (std.egress_port == std.ingress_port && std.egress_rid != 0) {
            mark_to_drop(std);
        }
    }
}
// ANCHOR_END: egress

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
