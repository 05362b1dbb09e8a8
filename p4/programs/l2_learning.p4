// A learning switch, VLAN by VLAN.
//
// A frame goes to the port behind which its destination was last seen, or to every port of its VLAN when that is not known.
// Who is behind which port is learned: a frame from an unknown address, or from a known one that has moved, makes the switch
// send a digest (VLAN, address, port) to the control plane, which answers with one entry in `sources` (with an idle timeout)
// and one in `destinations`. When the entry in `sources` was not hit for that long, the control plane removes both.
//
// Frames keep the tag that they have. Untagged ones belong to VLAN 0.

#include <core.p4>
#include <v1model.p4>
#include "headers.p4"

// Multicast group that floods a VLAN which has no entry in `vlans`.
const bit<16> FLOOD_GROUP = 1;

// What the control plane is told: `address` is behind `port`.
struct learn_t {
    bit<12> vlan;
    mac_t   address;
    port_t  port;
}

struct headers_t {
    ethernet_t ethernet;
    vlan_t     vlan;
}

struct metadata_t {
    bit<12> vlan;
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            ETHERTYPE_VLAN: tagged;
            default: accept;
        }
    }

    state tagged {
        packet.extract(hdr.vlan);
        meta.vlan = hdr.vlan.id;
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    // Cell 0: digests asked for; 1: frames that no bridge forwards; 2: frames of VLANs that are not allowed on their port.
    counter(3, CounterType.packets) frames;
    // Frames and bytes of each station; what it sends, and what it is sent.
    direct_counter(CounterType.packets_and_bytes) sent;
    direct_counter(CounterType.packets_and_bytes) received;

    action drop() {
        mark_to_drop(std);
    }

    action learn() {
        frames.count(0);
        digest<learn_t>(1, { meta.vlan, hdr.ethernet.src, std.ingress_port });
    }

    // The station was last seen behind `port`.
    action known(port_t port) {
        sent.count();
        if (port != std.ingress_port) {
            learn();
        }
    }

    // What came from an address lately, hit by each of its frames: that keeps the entry alive.
    table sources {
        key = {
            meta.vlan:        exact @name("vlan");
            hdr.ethernet.src: exact @name("address");
        }
        actions = { known; learn; }
        default_action = learn();
        counters = sent;
        support_timeout = true;
        size = 65536;
    }

    action flood(bit<16> group) {
        std.mcast_grp = group;
    }

    action refuse() {
        frames.count(2);
        drop();
        exit;
    }

    // Which group floods a VLAN; a VLAN that must not come in on a port is refused there.
    table vlans {
        key = {
            meta.vlan:        exact @name("vlan");
            std.ingress_port: optional @name("port");
        }
        actions = { flood; refuse; }
        default_action = flood(FLOOD_GROUP);
        size = 8192;
    }

    // A frame for a station that is where the frame came from has arrived already.
    action forward(port_t port) {
        received.count();
        std.mcast_grp = 0;
        std.egress_spec = port;
        if (port == std.ingress_port) {
            drop();
        }
    }

    table destinations {
        key = {
            meta.vlan:        exact @name("vlan");
            hdr.ethernet.dst: exact @name("address");
        }
        actions = { forward; NoAction; }
        default_action = NoAction(); // as `vlans` says: flooded
        counters = received;
        size = 65536;
    }

    apply {
        // Half a header; addresses that a bridge keeps for itself (IEEE 802.1Q, table 8-1); a source that is a group, or nobody.
        if (std.parser_error != error.NoError
            || hdr.ethernet.dst[47:4] == 0x0180c200000
            || hdr.ethernet.src[40:40] == 1
            || hdr.ethernet.src == 0) {
            frames.count(1);
            drop();
            exit;
        }
        vlans.apply();
        sources.apply();
        destinations.apply();
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        // A flooded frame does not go back where it came from.
        if (std.egress_port == std.ingress_port) {
            mark_to_drop(std);
        }
    }
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
