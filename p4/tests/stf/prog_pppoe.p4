// A broadband gateway that ends PPPoE sessions (RFC 2516): discovery and PPP's own protocols go to the control plane, data of a
// known session loses its 8 bytes and the tag of the access network, data for a subscriber gets them, both with what is
// needed of the TCP segment size (RFC 879) written into SYNs by an incremental checksum (RFC 1624), anti-spoofing and accounting.
#include <core.p4>
#include <v1model.p4>

#define CPU 63

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header tag_t {
    bit<4>  pcp_dei;
    bit<12> vlan;
    bit<16> type;
}
header pppoe_t {
    bit<4>  version;
    bit<4>  type;
    bit<8>  code;
    bit<16> session;
    bit<16> length;
    bit<16> protocol;
}
header ipv4_t {
    bit<4>  version;
    bit<4>  ihl;
    bit<8>  tos;
    bit<16> length;
    bit<32> fragment;
    bit<8>  ttl;
    bit<8>  protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}
header tcp_t {
    bit<32> ports;
    bit<32> seq;
    bit<32> ack;
    bit<4>  offset;
    bit<4>  reserved;
    bit<8>  flags;
    bit<16> window;
    bit<16> checksum;
    bit<16> urgent;
}
header mss_t {
    bit<8>  kind;
    bit<8>  length;
    bit<16> mss;
}

struct headers_t {
    ethernet_t eth;
    tag_t      tag;
    pppoe_t    pppoe;
    ipv4_t     ip;
    tcp_t      tcp;
    mss_t      mss;
}

struct meta_t {
    bit<16> type;
    bit<16> subscriber;
    bit<1>  discovery;
}

error { NoPppoe, BadLength }

parser Prs(packet_in pkt, out headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    state start {
        pkt.extract(hdr.eth);
        meta.type = hdr.eth.type;
        transition select(hdr.eth.type) {
            0x8100: tagged;
            default: by_type;
        }
    }
    state tagged {
        pkt.extract(hdr.tag);
        meta.type = hdr.tag.type;
        transition by_type;
    }
    state by_type {
        transition select(meta.type) {
            0x8863: discovery;
            0x8864: session;
            0x0800: ip;
            default: accept;
        }
    }
    state discovery {
        meta.discovery = 1;
        transition accept;
    }
    state session {
        pkt.extract(hdr.pppoe);
        verify(hdr.pppoe.version == 1 && hdr.pppoe.type == 1 && hdr.pppoe.code == 0, error.NoPppoe);
        transition select(hdr.pppoe.protocol) {
            0x0021: ip;
            default: accept;
        }
    }
    state ip {
        pkt.extract(hdr.ip);
        if (hdr.pppoe.isValid()) {
            verify(hdr.pppoe.length == hdr.ip.length + 2, error.BadLength);
        }
        transition select(hdr.ip.ihl, hdr.ip.fragment[13:0], hdr.ip.protocol) {
            (5, 0, 6): tcp;
            default: accept;
        }
    }
    state tcp {
        pkt.extract(hdr.tcp);
        transition select(hdr.tcp.flags, hdr.tcp.offset) {
            (2 &&& 2, 6 .. 15): option;
            default: accept;
        }
    }
    state option {
        transition select(pkt.lookahead<bit<16>>()) {
            0x0204: mss;
            default: accept;
        }
    }
    state mss {
        pkt.extract(hdr.mss);
        transition accept;
    }
}

control Vrf(inout headers_t hdr, inout meta_t meta) {
    apply {
        verify_checksum(hdr.ip.isValid() && hdr.ip.ihl == 5,
            { hdr.ip.version, hdr.ip.ihl, hdr.ip.tos, hdr.ip.length, hdr.ip.fragment, hdr.ip.ttl, hdr.ip.protocol, hdr.ip.src,
              hdr.ip.dst }, hdr.ip.checksum, HashAlgorithm.csum16);
    }
}

// HC' = ~(~HC + ~m + m')
bit<16> updated(in bit<16> sum, in bit<16> old, in bit<16> new) {
    bit<32> s = (bit<32>) ~sum + (bit<32>) ~old + (bit<32>) new;
    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    return ~s[15:0];
}

control Clamp(inout tcp_t tcp, inout mss_t mss, in bit<16> most) {
    apply {
        if (!mss.isValid() || mss.mss <= most) {
            return;
        }
        tcp.checksum = updated(tcp.checksum, mss.mss, most);
        mss.mss = most;
    }
}

control Ing(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t std) {
    counter(256, CounterType.packets_and_bytes) from_subscriber;
    direct_counter(CounterType.packets_and_bytes) to_subscriber;

    action drop() {
        mark_to_drop(std);
    }
    action punt() {
        std.egress_spec = CPU;
    }
    action open(bit<16> subscriber) {
        meta.subscriber = subscriber;
    }
    table sessions {
        key = {
            hdr.eth.src       : exact @name("mac");
            hdr.tag.vlan      : exact @name("vlan");
            hdr.pppoe.session : exact @name("session");
        }
        actions = { open; drop; }
        default_action = drop();
        size = 4096;
    }
    action is_his() { }
    table addresses {
        key = {
            meta.subscriber : exact @name("subscriber");
            hdr.ip.src      : lpm @name("src");
        }
        actions = { is_his; drop; }
        const default_action = drop();
        size = 4096;
    }
    action access(bit<48> mac, bit<12> vlan, bit<16> session, bit<9> port) {
        to_subscriber.count();
        hdr.eth.src = hdr.eth.dst;
        hdr.eth.dst = mac;
        hdr.eth.type = 0x8100;
        hdr.tag = { hdr.ip.tos[7:5] ++ 1w0, vlan, 0x8864 };
        hdr.pppoe = { 1, 1, 0, session, hdr.ip.length + 2, 0x0021 };
        std.egress_spec = port;
    }
    table subscribers {
        key = { hdr.ip.dst : exact @name("dst"); }
        actions = { access; NoAction; }
        counters = to_subscriber;
        size = 4096;
    }
    action core(bit<48> mac, bit<9> port) {
        hdr.eth.src = hdr.eth.dst;
        hdr.eth.dst = mac;
        hdr.eth.type = 0x0800;
        std.egress_spec = port;
    }
    table uplink {
        actions = { core; drop; }
        default_action = drop();
    }

    apply {
        if (meta.discovery == 1 || std.parser_error == error.NoPppoe) {
            punt();
        } else if (std.parser_error != error.NoError || std.checksum_error == 1) {
            drop();
        } else if (hdr.pppoe.isValid()) {
            switch (sessions.apply().action_run) {
                drop: { exit; }
            }
            if (!hdr.ip.isValid()) {
                punt();
            } else if (addresses.apply().hit && hdr.ip.ttl > 1) {
                from_subscriber.count((bit<32>) meta.subscriber);
                hdr.tag.setInvalid();
                hdr.pppoe.setInvalid();
                hdr.ip.ttl = hdr.ip.ttl - 1;
                Clamp.apply(hdr.tcp, hdr.mss, 1452);
                uplink.apply();
            } else {
                drop();
            }
        } else if (hdr.ip.isValid() && !hdr.tag.isValid()) {
            if (subscribers.apply().miss || hdr.ip.ttl <= 1) {
                drop();
                return;
            }
            hdr.ip.ttl = hdr.ip.ttl - 1;
            Clamp.apply(hdr.tcp, hdr.mss, 1452);
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
        update_checksum(hdr.ip.isValid() && hdr.ip.ihl == 5,
            { hdr.ip.version, hdr.ip.ihl, hdr.ip.tos, hdr.ip.length, hdr.ip.fragment, hdr.ip.ttl, hdr.ip.protocol, hdr.ip.src,
              hdr.ip.dst }, hdr.ip.checksum, HashAlgorithm.csum16);
    }
}

control Dep(packet_out pkt, in headers_t hdr) {
    apply {
        pkt.emit(hdr);
    }
}

V1Switch(Prs(), Vrf(), Ing(), Egr(), Upd(), Dep()) main;
