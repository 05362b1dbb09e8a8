// Policy routing over protected paths: an operator's rules say by source, destination and DSCP which of the switch's paths a packet
// takes, each rule with primaries and backups of its own. What no rule matches goes the way of the switch's routes.
//
// IPv4 without tags; everything else is the kernel's.

#include <swerve.p4>
#include "headers.p4"

const bit<32> ETHERNET_BYTES = 14;

struct headers_t {
    ethernet_t ethernet;
    ipv4_t     ipv4;
}

struct metadata_t { }

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            ETHERTYPE_IPV4: ipv4;
            default: accept;
        }
    }

    state ipv4 {
        packet.extract(hdr.ipv4);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(), {
            hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.total_length,
            hdr.ipv4.identification, hdr.ipv4.reserved, hdr.ipv4.do_not_fragment, hdr.ipv4.more_fragments,
            hdr.ipv4.fragment_offset, hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
    swerve_path_t next = SWERVE_NO_PATH;
    direct_counter(CounterType.packets_and_bytes) matched;

    action forward(swerve_path_t path)      { next = path; }
    action no_live_path(swerve_path_t path) { swerve_punt(standard, swerve_punt_t.NO_PATH, path); }
    action blackhole()                      { swerve_drop(standard, swerve_drop_t.BLACKHOLE); }
    action prohibit()                       { swerve_punt(standard, swerve_punt_t.PROHIBITED, 0); }

    // Each rule's paths: `forward path="isp1*2, isp2 / isp3"`.
    protection_group(1024) choices;

    table policy {
        key = {
            hdr.ipv4.src:       ternary @name("src");
            hdr.ipv4.dst:       ternary @name("dst");
            hdr.ipv4.dscp:      ternary @name("dscp");
            swerve_flow_hash(): selector @name("flow");
        }
        actions = { forward; no_live_path; blackhole; prohibit; NoAction; }
        const default_action = NoAction();
        implementation = choices;
        counters = matched;
        size = 4096;
    }

    // ---- the switch's own ----

    action local()       { swerve_punt(standard, swerve_punt_t.LOCAL, 0); }
    action unreachable() { swerve_punt(standard, swerve_punt_t.UNREACHABLE, 0); }
    action connected(swerve_interface_t interface) {
        swerve_punt(standard, swerve_punt_t.UNRESOLVED, interface);
    }
    action no_route()    { swerve_punt(standard, swerve_punt_t.NO_ROUTE, 0); }

    @swerve_role("local")
    table our_addresses {
        key = { hdr.ipv4.dst: exact; }
        actions = { local; NoAction; }
        const default_action = NoAction();
    }

    @swerve_role("ipv4_fib")
    table routes {
        key = { hdr.ipv4.dst: lpm; swerve_flow_hash(): selector @name("flow"); }
        actions = { forward; local; blackhole; unreachable; connected; no_live_path; prohibit; no_route; }
        const default_action = no_route();
    }

    action rewrite(bit<9> port, bit<16> mtu, mac_t dst, mac_t src) {
        if (standard.packet_length > ETHERNET_BYTES + (bit<32>)mtu) {
            swerve_punt(standard, swerve_punt_t.TOO_BIG, mtu);
        } else {
            standard.egress_spec = port;
            hdr.ethernet.dst = dst;
            hdr.ethernet.src = src;
            // RFC 1624
            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
            bit<32> sum = (bit<32>)hdr.ipv4.checksum + 0x0100;
            hdr.ipv4.checksum = (bit<16>)(sum + ((sum + 1) >> 16));
        }
    }

    action no_neighbor() { swerve_punt(standard, swerve_punt_t.NO_PATH, next); }

    @swerve_role("neighbor")
    table neighbor {
        key = { next: exact @name("path"); }
        actions = { rewrite; no_neighbor; }
        const default_action = no_neighbor();
    }

    apply {
        bool ours = hdr.ethernet.dst == swerve_mac(standard.ingress_port);
        if (!hdr.ipv4.isValid() || !ours) {
            swerve_punt(standard, swerve_punt_t.NOT_IP, 0);
        } else if (hdr.ipv4.version != 4 || hdr.ipv4.ihl < 5 || standard.parser_error != error.NoError) {
            swerve_drop(standard, swerve_drop_t.BAD_HEADER);
        } else if (hdr.ipv4.ihl > 5) {
            swerve_punt(standard, swerve_punt_t.OPTIONS, 0);
        } else if (standard.checksum_error == 1) {
            swerve_drop(standard, swerve_drop_t.BAD_CHECKSUM);
        } else if (hdr.ipv4.ttl <= 1) {
            swerve_punt(standard, swerve_punt_t.EXPIRED, 0);
        } else if (!our_addresses.apply().hit) {
            if (!policy.apply().hit) {
                routes.apply();
            }
            if (next != SWERVE_NO_PATH) {
                neighbor.apply();
            }
        }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) { apply { } }
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply { } }

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
        packet.emit(hdr.ipv4);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
