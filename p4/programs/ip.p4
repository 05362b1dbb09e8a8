// From the Ethernet type to the transport header: a parser for other parsers to apply.
//
//     parse_ip() ip;
//
//     state start {
//         packet.extract(hdr.ethernet);
//         ip.apply(packet, hdr.ethernet.type, hdr.ip, meta.flow);
//         transition accept;
//     }

#ifndef IP_P4
#define IP_P4

#include <core.p4>
#include "headers.p4"

error {
    IpVersion,      // the version is not that of the Ethernet type
    HeaderLength,   // a header that says to be shorter than it is
    ExtensionLength // an IPv6 extension header that is longer than this parser takes, which is 64 bytes
}

struct ip_headers_t {
    ipv4_t              ipv4;
    ipv4_options_t      ipv4_options;
    ipv6_t              ipv6;
    ipv6_extension_t[4] ipv6_extensions;
    ipv6_fragment_t     ipv6_fragment;
    tcp_t               tcp;
    udp_t               udp;
    icmp_t              icmp; // or ICMPv6
}

// What rules ask about. Ports are those of TCP and UDP, else zero.
struct flow_t {
    bit<8>  protocol;
    bit<16> src_port;
    bit<16> dst_port;
    // A fragment that is not the first has no transport header, whatever its protocol.
    bit<1>  later_fragment;
}

parser parse_ip(packet_in packet, in bit<16> type, out ip_headers_t ip, out flow_t flow) {
    state start {
        flow = { 0, 0, 0, 0 };
        transition select(type) {
            ETHERTYPE_IPV4: ipv4;
            ETHERTYPE_IPV6: ipv6;
            default: accept;
        }
    }

    state ipv4 {
        packet.extract(ip.ipv4);
        verify(ip.ipv4.version == 4, error.IpVersion);
        verify(ip.ipv4.ihl >= 5, error.HeaderLength);
        flow.protocol = ip.ipv4.protocol;
        transition select(ip.ipv4.ihl) {
            5: ipv4_payload;
            default: ipv4_options;
        }
    }

    state ipv4_options {
        packet.extract(ip.ipv4_options, ((bit<32>)ip.ipv4.ihl - 5) * 32);
        transition ipv4_payload;
    }

    state ipv4_payload {
        transition select(ip.ipv4.fragment_offset) {
            0: transport;
            default: later_fragment;
        }
    }

    state ipv6 {
        packet.extract(ip.ipv6);
        verify(ip.ipv6.version == 6, error.IpVersion);
        flow.protocol = ip.ipv6.next_header;
        transition ipv6_next;
    }

    state ipv6_next {
        transition select(flow.protocol) {
            0: ipv6_extension;  // hop by hop
            43: ipv6_extension; // routing
            60: ipv6_extension; // destination options
            44: ipv6_fragment;
            default: transport;
        }
    }

    state ipv6_extension {
        bit<32> units = (bit<32>)packet.lookahead<bit<16>>()[7:0];
        verify(units < 8, error.ExtensionLength);
        packet.extract(ip.ipv6_extensions.next, 48 + units * 64);
        flow.protocol = ip.ipv6_extensions.last.next_header;
        transition ipv6_next;
    }

    state ipv6_fragment {
        packet.extract(ip.ipv6_fragment);
        flow.protocol = ip.ipv6_fragment.next_header;
        transition select(ip.ipv6_fragment.offset) {
            0: transport;
            default: later_fragment;
        }
    }

    state later_fragment {
        flow.later_fragment = 1;
        transition accept;
    }

    state transport {
        transition select(flow.protocol) {
            PROTOCOL_TCP: tcp;
            PROTOCOL_UDP: udp;
            PROTOCOL_ICMP: icmp;
            PROTOCOL_ICMPV6: icmp;
            default: accept;
        }
    }

    state tcp {
        packet.extract(ip.tcp);
        verify(ip.tcp.data_offset >= 5, error.HeaderLength);
        flow.src_port = ip.tcp.src_port;
        flow.dst_port = ip.tcp.dst_port;
        transition accept;
    }

    state udp {
        packet.extract(ip.udp);
        flow.src_port = ip.udp.src_port;
        flow.dst_port = ip.udp.dst_port;
        transition accept;
    }

    state icmp {
        packet.extract(ip.icmp);
        transition accept;
    }
}

#endif
