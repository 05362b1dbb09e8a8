// The router that swerve-switch runs unless its configuration names another program: IPv4 and IPv6 between the interfaces of the
// switch, VLANs included, over the routes, groups and paths that swerve-control keeps.
//
// - Routes come through the tables with the roles ipv4_fib and ipv6_fib; a group's path is chosen by the hash of the flow among
//   what is live at that moment, so a dead path costs one packet's lookup and nothing else.
// - Whatever is not plainly forwarded goes to the switch with its reason: for us, too big, no route. The switch answers by ICMP
//   or hands the packet to the kernel.
// - BFD is not here: it is taken out before any program sees it.

#include <swerve.p4>
#include "headers.p4"

// The routes of a packet are those of the VRF of the interface that it came in by, where there are VRFs.
#ifdef VRFS
#define IN_VRF swerve_vrf(INTERFACE): exact @name("vrf");
#else
#define IN_VRF
#endif
#define INTERFACE swerve_interface(standard.ingress_port, hdr.vlan.isValid() ? hdr.vlan.id : 0)

const bit<32> ETHERNET_BYTES = 14;
const bit<32> TAGGED_BYTES   = 18;
// 169.254/16.
const bit<16> LINK_LOCAL = 0xa9fe;

struct headers_t {
    ethernet_t ethernet;
    vlan_t     vlan;
    ipv4_t     ipv4;
    ipv6_t     ipv6;
}

struct metadata_t {
    bit<32> l2_bytes;
}

// What stands where a packet begins is read, and left where it is.
parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
    state start {
        packet.extract(hdr.ethernet);
        meta.l2_bytes = ETHERNET_BYTES;
        transition select(hdr.ethernet.type) {
            ETHERTYPE_IPV4: ipv4;
            ETHERTYPE_IPV6: ipv6;
            ETHERTYPE_VLAN: vlan;
            default: accept;
        }
    }

    state vlan {
        packet.extract(hdr.vlan);
        meta.l2_bytes = TAGGED_BYTES;
        transition select(hdr.vlan.type) {
            ETHERTYPE_IPV4: ipv4;
            ETHERTYPE_IPV6: ipv6;
            default: accept;
        }
    }

    state ipv4 {
        packet.extract(hdr.ipv4);
        transition accept;
    }

    state ipv6 {
        packet.extract(hdr.ipv6);
        transition accept;
    }
}

// Without options, which are summed with the header where they are looked at: by the switch, which gets such packets.
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

    // ---- routes ----

    action forward(swerve_path_t path)          { next = path; }
    action local()                              { swerve_punt(standard, swerve_punt_t.LOCAL, 0); }
    action blackhole()                          { swerve_drop(standard, swerve_drop_t.BLACKHOLE); }
    action unreachable()                        { swerve_punt(standard, swerve_punt_t.UNREACHABLE, 0); }
    action connected(swerve_interface_t interface) {
        swerve_punt(standard, swerve_punt_t.UNRESOLVED, interface);
    }
    action no_live_path(swerve_path_t path)     { swerve_punt(standard, swerve_punt_t.NO_PATH, path); }
    action prohibit()                           { swerve_punt(standard, swerve_punt_t.PROHIBITED, 0); }
    action broadcast()                          { swerve_drop(standard, swerve_drop_t.DIRECTED_BROADCAST); }
    action no_route()                           { swerve_punt(standard, swerve_punt_t.NO_ROUTE, 0); }

    protection_group(65536) groups;

    @swerve_role("ipv4_fib")
    table ipv4_fib {
        key = {
            IN_VRF
            hdr.ipv4.dst: lpm;
            swerve_flow_hash(): selector @name("flow");
        }
        actions = { forward; local; blackhole; unreachable; connected; no_live_path; prohibit; broadcast; no_route; }
        const default_action = no_route();
        implementation = groups;
    }

    @swerve_role("ipv6_fib")
    table ipv6_fib {
        key = {
            IN_VRF
            hdr.ipv6.dst: lpm;
            swerve_flow_hash(): selector @name("flow");
        }
        actions = { forward; local; blackhole; unreachable; connected; no_live_path; prohibit; broadcast; no_route; }
        const default_action = no_route();
        implementation = groups;
    }

#ifdef CHECK_SOURCES
    // ---- sources, on interfaces that have them checked (RFC 3704) ----

    action spoofed() { swerve_drop(standard, swerve_drop_t.REVERSE_PATH); }

    @swerve_role("reverse_path")
    table ipv4_source {
        key = {
            hdr.ipv4.src: exact @name("source");
            INTERFACE: exact @name("interface");
        }
        actions = { spoofed; NoAction; }
        const default_action = NoAction();
    }

    @swerve_role("reverse_path")
    table ipv6_source {
        key = {
            hdr.ipv6.src: exact @name("source");
            INTERFACE: exact @name("interface");
        }
        actions = { spoofed; NoAction; }
        const default_action = NoAction();
    }

#endif
    // ---- rewrites ----

    // One hop less. The TTL is the high byte of its word, so the checksum grows by 0x0100, with the carry around (RFC 1624).
    action age() {
        if (hdr.ipv4.isValid()) {
            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
            bit<32> sum = (bit<32>)hdr.ipv4.checksum + 0x0100;
            hdr.ipv4.checksum = (bit<16>)(sum + ((sum + 1) >> 16));
        } else {
            hdr.ipv6.hop_limit = hdr.ipv6.hop_limit - 1;
        }
    }

    action rewrite(bit<9> port, bit<16> mtu, mac_t dst, mac_t src) {
        if (standard.packet_length > meta.l2_bytes + (bit<32>)mtu) {
            swerve_punt(standard, swerve_punt_t.TOO_BIG, mtu);
        } else {
            standard.egress_spec = port;
            hdr.ethernet.dst = dst;
            hdr.ethernet.src = src;
            if (hdr.vlan.isValid()) {
                hdr.ethernet.type = hdr.vlan.type;
                hdr.vlan.setInvalid();
            }
            age();
        }
    }

    action rewrite_tagged(bit<9> port, bit<16> mtu, mac_t dst, mac_t src, bit<16> tag) {
        if (standard.packet_length > meta.l2_bytes + (bit<32>)mtu) {
            swerve_punt(standard, swerve_punt_t.TOO_BIG, mtu);
        } else {
            standard.egress_spec = port;
            hdr.ethernet.dst = dst;
            hdr.ethernet.src = src;
            if (!hdr.vlan.isValid()) {
                hdr.vlan.setValid();
                hdr.vlan.type = hdr.ethernet.type;
                hdr.ethernet.type = ETHERTYPE_VLAN;
            }
            hdr.vlan.priority = tag[15:13];
            hdr.vlan.drop_eligible = tag[12:12];
            hdr.vlan.id = tag[11:0];
            age();
        }
    }

    // A path without a rewrite.
    action no_neighbor() { swerve_punt(standard, swerve_punt_t.NO_PATH, next); }

    @swerve_role("neighbor")
    table neighbor {
        key = { next: exact @name("path"); }
        actions = { rewrite; rewrite_tagged; no_neighbor; }
        const default_action = no_neighbor();
    }

    // ---- what is not plainly forwarded ----

    // RFC 1812 5.2.2 and 5.3.7, RFC 3927 2.7, RFC 6890.
    action refuse_v4(bool unicast) {
        bit<8> src = hdr.ipv4.src[31:24];
        bit<8> dst = hdr.ipv4.dst[31:24];
        bool martian_src = src == 0 || src == 127 || src >= 224;
        bool martian_dst = dst == 0 || dst == 127 || dst >= 240;
        if (hdr.ipv4.version != 4 || hdr.ipv4.ihl < 5 || hdr.ipv4.total_length < (bit<16>)hdr.ipv4.ihl * 4) {
            swerve_drop(standard, swerve_drop_t.BAD_HEADER);
        } else if ((bit<32>)hdr.ipv4.total_length > standard.packet_length - meta.l2_bytes) {
            swerve_drop(standard, swerve_drop_t.TRUNCATED);
        } else if (standard.checksum_error == 1 && hdr.ipv4.ihl == 5) {
            swerve_drop(standard, swerve_drop_t.BAD_CHECKSUM);
        } else if (hdr.ipv4.dst == 0xffffffff && (!martian_src || hdr.ipv4.src == 0)) {
            // How a host without an address asks for one.
            swerve_punt(standard, swerve_punt_t.MULTICAST, 0);
        } else if (martian_src) {
            swerve_drop(standard, swerve_drop_t.MARTIAN_SOURCE);
        } else if (martian_dst && (unicast || hdr.ipv4.ihl == 5)) {
            swerve_drop(standard, swerve_drop_t.MARTIAN_DESTINATION);
        } else if (!unicast || dst >= 224 && hdr.ipv4.ihl == 5) {
            swerve_punt(standard, swerve_punt_t.MULTICAST, 0);
        } else if (hdr.ipv4.ihl > 5 || hdr.ipv4.src[31:16] == LINK_LOCAL || hdr.ipv4.dst[31:16] == LINK_LOCAL) {
            swerve_punt(standard, swerve_punt_t.OPTIONS, 0);
        } else {
            swerve_punt(standard, swerve_punt_t.EXPIRED, 0);
        }
    }

    // RFC 8200 3, RFC 4291 2.5.2, 2.5.3, 2.5.6 and 2.7. Extension headers are not looked at on the way, hop-by-hop options included
    // (RFC 8200 4).
    action refuse_v6(bool unicast) {
        if (hdr.ipv6.version != 6) {
            swerve_drop(standard, swerve_drop_t.BAD_HEADER);
        } else if ((bit<32>)hdr.ipv6.payload_length + 40 > standard.packet_length - meta.l2_bytes) {
            swerve_drop(standard, swerve_drop_t.TRUNCATED);
        } else if (hdr.ipv6.src[127:120] == 0xff || hdr.ipv6.src == 1) {
            swerve_drop(standard, swerve_drop_t.MARTIAN_SOURCE);
        } else if (hdr.ipv6.dst[127:120] == 0xff || !unicast) {
            // Without an address hosts ask whether anybody has the one that they want (RFC 4862 5.4).
            swerve_punt(standard, swerve_punt_t.MULTICAST, 0);
        } else if (hdr.ipv6.src == 0) {
            swerve_drop(standard, swerve_drop_t.MARTIAN_SOURCE);
        } else if (hdr.ipv6.dst[127:1] == 0) {
            swerve_drop(standard, swerve_drop_t.MARTIAN_DESTINATION);
        } else if (hdr.ipv6.src[127:118] == 0x3fa || hdr.ipv6.dst[127:118] == 0x3fa) {
            swerve_punt(standard, swerve_punt_t.OPTIONS, 0);
        } else {
            swerve_punt(standard, swerve_punt_t.EXPIRED, 0);
        }
    }

    // A packet that failed a check: which one, in the order that matters.
    action refuse() {
        bit<12> vlan = hdr.vlan.isValid() ? hdr.vlan.id : 0;
        bool unicast = hdr.ethernet.dst[40:40] == 0;
        if (!hdr.ethernet.isValid()) {
            swerve_drop(standard, swerve_drop_t.TRUNCATED);
        } else if (unicast && hdr.ethernet.dst != swerve_mac(standard.ingress_port)) {
            swerve_drop(standard, swerve_drop_t.NOT_FOR_US);
        } else if (standard.parser_error != error.NoError && !hdr.vlan.isValid() && hdr.ethernet.type == ETHERTYPE_VLAN) {
            swerve_drop(standard, swerve_drop_t.TRUNCATED);
        } else if (swerve_interface(standard.ingress_port, vlan) == SWERVE_NO_INTERFACE) {
            swerve_drop(standard, swerve_drop_t.UNKNOWN_VLAN);
        } else if (standard.parser_error != error.NoError) {
            swerve_drop(standard, swerve_drop_t.TRUNCATED);
        } else if (hdr.ipv4.isValid()) {
            refuse_v4(unicast);
        } else if (hdr.ipv6.isValid()) {
            refuse_v6(unicast);
        } else {
            swerve_punt(standard, swerve_punt_t.NOT_IP, 0);
        }
    }

    // Every check of a packet is in one condition, without && and ||: then a packet either passes them all, and goes to its
    // lookup with nothing kept for the others, or is refused, and begins again where each reason is looked for in its order.
    apply {
        bit<12> vlan = 0;
        if (hdr.vlan.isValid()) {
            vlan = hdr.vlan.id;
        }
        bit<1> ours = (bit<1>)(hdr.ethernet.dst == swerve_mac(standard.ingress_port))
            & (bit<1>)(swerve_interface(standard.ingress_port, vlan) != SWERVE_NO_INTERFACE);
        bit<32> packet_bytes = standard.packet_length - meta.l2_bytes;
        if (hdr.ipv4.isValid()) {
            bit<8> src = hdr.ipv4.src[31:24];
            bit<8> dst = hdr.ipv4.dst[31:24];
            bit<1> plain = ours
                & (bit<1>)(hdr.ipv4.version ++ hdr.ipv4.ihl == 0x45)
                & (bit<1>)(hdr.ipv4.total_length >= 20)
                & (bit<1>)((bit<32>)hdr.ipv4.total_length <= packet_bytes)
                & (bit<1>)(standard.checksum_error == 0)
                & (bit<1>)(src - 1 < 223) & (bit<1>)(src != 127)
                & (bit<1>)(dst - 1 < 223) & (bit<1>)(dst != 127)
                & (bit<1>)(hdr.ipv4.src[31:16] != LINK_LOCAL) & (bit<1>)(hdr.ipv4.dst[31:16] != LINK_LOCAL)
                & (bit<1>)(hdr.ipv4.ttl > 1);
            if (plain == 1) {
#ifdef CHECK_SOURCES
                if (!ipv4_source.apply().hit)
#endif
                ipv4_fib.apply();
            } else {
                refuse();
            }
        } else if (hdr.ipv6.isValid()) {
            bit<1> plain = ours
                & (bit<1>)(hdr.ipv6.version == 6)
                & (bit<1>)((bit<32>)hdr.ipv6.payload_length + 40 <= packet_bytes)
                & (bit<1>)(hdr.ipv6.src[127:120] != 0xff) & (bit<1>)(hdr.ipv6.src[127:1] != 0)
                & (bit<1>)(hdr.ipv6.dst[127:120] != 0xff) & (bit<1>)(hdr.ipv6.dst[127:1] != 0)
                & (bit<1>)(hdr.ipv6.src[127:118] != 0x3fa) & (bit<1>)(hdr.ipv6.dst[127:118] != 0x3fa)
                & (bit<1>)(hdr.ipv6.hop_limit > 1);
            if (plain == 1) {
#ifdef CHECK_SOURCES
                if (!ipv6_source.apply().hit)
#endif
                ipv6_fib.apply();
            } else {
                refuse();
            }
        } else {
            refuse();
        }
        if (next != SWERVE_NO_PATH) {
            neighbor.apply();
        }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
    apply { }
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply { }
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
        packet.emit(hdr.vlan);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv6);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
