// An access list between pairs of ports: a filter that is put into a cable.
//
// What comes in on a port of `ports` leaves by that port's partner if the first rule that it matches permits it (the rule with
// the largest priority is the first). Rules are over addresses, protocol, ports as ranges, TCP flags, the port of the switch and
// whether the packet is a later fragment. Every rule counts its packets and bytes. What matches no rule is denied.
//
// IPv6 extension headers are looked through; a chain that is too long to do so is denied, since a rule could not be sure.

#include <core.p4>
#include <v1model.p4>
#include "ip.p4"

// Clone session that rules send copies to.
const bit<32> MIRROR_SESSION = 1;

struct headers_t {
    ethernet_t   ethernet;
    vlan_t       vlan;
    ip_headers_t ip;
}

struct metadata_t {
    flow_t flow;
    bit<8> tcp_flags;
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    parse_ip() ip;

    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            ETHERTYPE_VLAN: tagged;
            default: untagged;
        }
    }

    state tagged {
        packet.extract(hdr.vlan);
        ip.apply(packet, hdr.vlan.type, hdr.ip, meta.flow);
        transition accept;
    }

    state untagged {
        ip.apply(packet, hdr.ethernet.type, hdr.ip, meta.flow);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ip.ipv4.isValid(), IPV4_SUMMED(hdr.ip.ipv4, hdr.ip.ipv4_options),
                        hdr.ip.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    // Packets that cannot be judged: cut short, wrong checksum, headers that contradict themselves.
    counter(1, CounterType.packets_and_bytes) malformed;
    direct_counter(CounterType.packets_and_bytes) ipv4_hits;
    direct_counter(CounterType.packets_and_bytes) ipv6_hits;
    direct_counter(CounterType.packets_and_bytes) type_hits;

    action permit() {}

    action deny() {
        mark_to_drop(std);
    }

    action permit_and_mirror() {
        clone(CloneType.I2E, MIRROR_SESSION);
    }

    action deny_and_mirror() {
        clone(CloneType.I2E, MIRROR_SESSION);
        mark_to_drop(std);
    }

    action to(port_t port) {
        std.egress_spec = port;
    }

    action unused() {
        mark_to_drop(std);
        exit;
    }

    // The two ends of each cable.
    table ports {
        key = { std.ingress_port: exact @name("port"); }
        actions = { to; unused; }
        default_action = unused();
        size = 512;
    }

    table ipv4_rules {
        key = {
            std.ingress_port:         optional @name("port");
            hdr.ip.ipv4.src:          ternary @name("src");
            hdr.ip.ipv4.dst:          ternary @name("dst");
            meta.flow.protocol:       ternary @name("protocol");
            meta.flow.src_port:       range @name("src_port");
            meta.flow.dst_port:       range @name("dst_port");
            meta.tcp_flags:           ternary @name("tcp_flags");
            meta.flow.later_fragment: ternary @name("later_fragment");
        }
        actions = { permit; deny; permit_and_mirror; deny_and_mirror; }
        default_action = deny();
        counters = ipv4_hits;
        size = 1024;
    }

    table ipv6_rules {
        key = {
            std.ingress_port:         optional @name("port");
            hdr.ip.ipv6.src:          ternary @name("src");
            hdr.ip.ipv6.dst:          ternary @name("dst");
            meta.flow.protocol:       ternary @name("protocol");
            meta.flow.src_port:       range @name("src_port");
            meta.flow.dst_port:       range @name("dst_port");
            meta.tcp_flags:           ternary @name("tcp_flags");
            meta.flow.later_fragment: ternary @name("later_fragment");
        }
        actions = { permit; deny; permit_and_mirror; deny_and_mirror; }
        default_action = deny();
        counters = ipv6_hits;
        size = 1024;
    }

    // Everything that is not IP, by its Ethernet type.
    table other_types {
        key = { hdr.ethernet.type: exact @name("type"); }
        actions = { permit; deny; permit_and_mirror; deny_and_mirror; }
        default_action = deny();
        counters = type_hits;
        size = 64;
        entries = {
            ETHERTYPE_ARP: permit();
        }
    }

    apply {
        ports.apply();
        if (std.parser_error != error.NoError || std.checksum_error == 1) {
            malformed.count(0);
            deny();
            exit;
        }
        if (hdr.ip.tcp.isValid()) {
            meta.tcp_flags = hdr.ip.tcp.cwr ++ hdr.ip.tcp.ece ++ hdr.ip.tcp.urg ++ hdr.ip.tcp.ack
                             ++ hdr.ip.tcp.psh ++ hdr.ip.tcp.rst ++ hdr.ip.tcp.syn ++ hdr.ip.tcp.fin;
        }
        if (hdr.ip.ipv4.isValid()) {
            ipv4_rules.apply();
        } else if (hdr.ip.ipv6.isValid()) {
            ipv6_rules.apply();
        } else {
            other_types.apply();
        }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {}
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
