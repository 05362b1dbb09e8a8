// The headers that the programs beside this file share.
//
//     #include "headers.p4"
//
// Field names are those of the RFCs, shortened where everybody shortens them.

#ifndef HEADERS_P4
#define HEADERS_P4

typedef bit<48>  mac_t;
typedef bit<32>  ipv4_address_t;
typedef bit<128> ipv6_address_t;
typedef bit<9>   port_t;

const bit<16> ETHERTYPE_IPV4 = 0x0800;
const bit<16> ETHERTYPE_ARP  = 0x0806;
const bit<16> ETHERTYPE_VLAN = 0x8100;
const bit<16> ETHERTYPE_IPV6 = 0x86dd;

const bit<8> PROTOCOL_ICMP   = 1;
const bit<8> PROTOCOL_IPV4   = 4;
const bit<8> PROTOCOL_TCP    = 6;
const bit<8> PROTOCOL_UDP    = 17;
const bit<8> PROTOCOL_IPV6   = 41;
const bit<8> PROTOCOL_GRE    = 47;
const bit<8> PROTOCOL_ICMPV6 = 58;

header ethernet_t {
    mac_t   dst;
    mac_t   src;
    bit<16> type;
}

// IEEE 802.1Q: what follows the addresses of a tagged frame's Ethernet header.
header vlan_t {
    bit<3>  priority;
    bit<1>  drop_eligible;
    bit<12> id;
    bit<16> type;
}

// RFC 791
header ipv4_t {
    bit<4>         version;
    bit<4>         ihl;
    bit<6>         dscp;
    bit<2>         ecn;
    bit<16>        total_length;
    bit<16>        identification;
    bit<1>         reserved;
    bit<1>         do_not_fragment;
    bit<1>         more_fragments;
    bit<13>        fragment_offset;
    bit<8>         ttl;
    bit<8>         protocol;
    bit<16>        checksum;
    ipv4_address_t src;
    ipv4_address_t dst;
}

// Up to 40 bytes between the fixed part and what IPv4 carries.
header ipv4_options_t {
    varbit<320> options;
}

// RFC 8200
header ipv6_t {
    bit<4>         version;
    bit<6>         dscp;
    bit<2>         ecn;
    bit<20>        flow_label;
    bit<16>        payload_length;
    bit<8>         next_header;
    bit<8>         hop_limit;
    ipv6_address_t src;
    ipv6_address_t dst;
}

// Hop-by-hop options, destination options, routing header (RFC 8200, section 4): all begin in the same way.
// `length` counts units of 8 bytes after the first 8.
header ipv6_extension_t {
    bit<8>      next_header;
    bit<8>      length;
    varbit<496> data;
}

header ipv6_fragment_t {
    bit<8>  next_header;
    bit<8>  reserved;
    bit<13> offset;
    bit<2>  reserved2;
    bit<1>  more;
    bit<32> identification;
}

// RFC 9293, without options
header tcp_t {
    bit<16> src_port;
    bit<16> dst_port;
    bit<32> sequence;
    bit<32> acknowledgment;
    bit<4>  data_offset;
    bit<4>  reserved;
    bit<1>  cwr;
    bit<1>  ece;
    bit<1>  urg;
    bit<1>  ack;
    bit<1>  psh;
    bit<1>  rst;
    bit<1>  syn;
    bit<1>  fin;
    bit<16> window;
    bit<16> checksum;
    bit<16> urgent;
}

// RFC 768
header udp_t {
    bit<16> src_port;
    bit<16> dst_port;
    bit<16> length;
    bit<16> checksum;
}

// RFC 792 and RFC 4443: the same first eight bytes. Of an echo the last four are identifier and sequence number.
header icmp_t {
    bit<8>  type;
    bit<8>  code;
    bit<16> checksum;
    bit<16> identifier;
    bit<16> sequence;
}

// What the checksum of an IPv4 header is computed over.
#define IPV4_SUMMED(ipv4, ipv4_options) { \
    ipv4.version, ipv4.ihl, ipv4.dscp, ipv4.ecn, ipv4.total_length, \
    ipv4.identification, ipv4.reserved, ipv4.do_not_fragment, ipv4.more_fragments, ipv4.fragment_offset, \
    ipv4.ttl, ipv4.protocol, ipv4.src, ipv4.dst, ipv4_options.options }

#endif
