// A host in the data plane: answers ARP requests and ICMP echo requests for its addresses, with tables for both.
#include <core.p4>
#include <v1model.p4>

typedef bit<48> mac_t;
typedef bit<32> ip4_t;

enum bit<16> ether_type {
    IPV4 = 0x0800,
    ARP = 0x0806
}

enum bit<8> icmp_type {
    ECHO_REPLY = 0,
    ECHO_REQUEST = 8
}

const bit<16> ARP_REQUEST = 1;
const bit<16> ARP_REPLY = 2;
const bit<8> PROTOCOL_ICMP = 1;

error {
    NotIpv4Arp,
    OptionsNotSupported
}

header ethernet_t {
    mac_t dst;
    mac_t src;
    ether_type kind;
}

header arp_t {
    bit<16> hardware;
    bit<16> protocol;
    bit<8> hardware_length;
    bit<8> protocol_length;
    bit<16> operation;
    mac_t sender_mac;
    ip4_t sender_ip;
    mac_t target_mac;
    ip4_t target_ip;
}

header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<8> tos;
    bit<16> total_length;
    bit<16> identification;
    bit<3> flags;
    bit<13> fragment;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    ip4_t src;
    ip4_t dst;
}

header icmp_t {
    icmp_type kind;
    bit<8> code;
    bit<16> checksum;
}

struct headers_t {
    ethernet_t ethernet;
    arp_t arp;
    ipv4_t ipv4;
    icmp_t icmp;
}

struct meta_t {
    mac_t own;
    bool echoes;
}

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.ethernet);
        transition select(hdr.ethernet.kind) {
            ether_type.IPV4: ipv4;
            ether_type.ARP: arp;
            default: accept;
        }
    }
    state arp {
        pkt.extract(hdr.arp);
        verify(hdr.arp.hardware == 1 && hdr.arp.protocol == (bit<16>) ether_type.IPV4 &&
               hdr.arp.hardware_length ++ hdr.arp.protocol_length == 16w0x0604, error.NotIpv4Arp);
        transition accept;
    }
    state ipv4 {
        pkt.extract(hdr.ipv4);
        verify(hdr.ipv4.ihl == 5, error.OptionsNotSupported);
        transition select(hdr.ipv4.protocol, hdr.ipv4.fragment) {
            (PROTOCOL_ICMP, 0): icmp;
            default: accept;
        }
    }
    state icmp {
        pkt.extract(hdr.icmp);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(), { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos,
            hdr.ipv4.total_length, hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragment, hdr.ipv4.ttl,
            hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst }, hdr.ipv4.checksum, HashAlgorithm.csum16);
        verify_checksum_with_payload(hdr.icmp.isValid(), { hdr.icmp.kind, hdr.icmp.code }, hdr.icmp.checksum,
            HashAlgorithm.csum16);
    }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    counter(4, CounterType.packets) answers;

    action drop() {
        mark_to_drop(std);
    }
    action mine(mac_t own, bool echoes) {
        meta.own = own;
        meta.echoes = echoes;
    }
    action back(in bit<32> which) {
        hdr.ethernet.dst = hdr.ethernet.src;
        hdr.ethernet.src = meta.own;
        std.egress_spec = std.ingress_port;
        answers.count(which);
    }
    action answer_arp() {
        ip4_t asked = hdr.arp.target_ip;
        hdr.arp.operation = ARP_REPLY;
        hdr.arp.target_ip = hdr.arp.sender_ip;
        hdr.arp.target_mac = hdr.arp.sender_mac;
        hdr.arp.sender_ip = asked;
        hdr.arp.sender_mac = meta.own;
        back(0);
    }
    action answer_echo() {
        ip4_t to = hdr.ipv4.src;
        hdr.ipv4.src = hdr.ipv4.dst;
        hdr.ipv4.dst = to;
        hdr.ipv4.ttl = 64;
        hdr.icmp.kind = icmp_type.ECHO_REPLY;
        back(1);
    }
    table arp_addresses {
        key = { hdr.arp.target_ip: exact @name("address"); }
        actions = { mine; drop; }
        default_action = drop();
    }
    table addresses {
        key = { hdr.ipv4.dst: exact @name("address"); }
        actions = { mine; drop; }
        default_action = drop();
    }
    apply {
        if (std.parser_error != error.NoError || std.checksum_error == 1) {
            drop();
            return;
        }
        if (hdr.arp.isValid()) {
            if (hdr.arp.operation == ARP_REQUEST && arp_addresses.apply().hit) {
                answer_arp();
            } else {
                drop();
            }
        } else if (hdr.icmp.isValid() && hdr.icmp.kind == icmp_type.ECHO_REQUEST) {
            switch (addresses.apply().action_run) {
                mine: {
                    if (!meta.echoes) {
                        drop();
                        exit;
                    }
                    answer_echo();
                }
            }
        } else {
            drop();
        }
    }
}

control Egr(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    apply { }
}

control Upd(inout headers_t hdr, inout meta_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(), { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos, hdr.ipv4.total_length,
            hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragment, hdr.ipv4.ttl, hdr.ipv4.protocol,
            hdr.ipv4.src, hdr.ipv4.dst }, hdr.ipv4.checksum, HashAlgorithm.csum16);
        update_checksum_with_payload(hdr.icmp.isValid(), { hdr.icmp.kind, hdr.icmp.code }, hdr.icmp.checksum,
            HashAlgorithm.csum16);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
