// The edge of an MPLS layer-3 VPN: customers' packets get two labels, by the table of their port's VRF; packets from the core lose
// theirs, the service label says which customer they are for; in between labels are swapped, and the last but one is taken off
// for a neighbor that asked for that. TTLs follow RFC 3443 (uniform model).
#include <core.p4>
#include <v1model.p4>

typedef bit<48> mac_t;
typedef bit<32> ip4_t;
typedef bit<20> label_v;

const bit<16> IPV4 = 0x0800;
const bit<16> MPLS = 0x8847;
const label_v EXPLICIT_NULL = 0;
const label_v IMPLICIT_NULL = 3;

enum bit<8> reason {
    NONE = 0,
    TTL = 1,
    NO_LABEL = 2,
    NO_ROUTE = 3
}

header ethernet_t {
    mac_t dst;
    mac_t src;
    bit<16> type;
}

header mpls_t {
    label_v label;
    bit<3> tc;
    bit<1> bottom;
    bit<8> ttl;
}

header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<6> dscp;
    bit<2> ecn;
    bit<16> length;
    bit<16> id;
    bit<16> fragment;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    ip4_t src;
    ip4_t dst;
}

struct headers_t {
    ethernet_t ethernet;
    mpls_t[4] mpls;
    ipv4_t ipv4;
}

struct metadata_t {
    bit<16> vrf;
    bit<16> next_hop;
    bool decided;
    reason why;
}

parser Parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            IPV4: ipv4;
            MPLS: mpls;
            default: accept;
        }
    }
    state mpls {
        packet.extract(hdr.mpls.next);
        transition select(hdr.mpls.last.bottom, packet.lookahead<bit<4>>()) {
            (0, _): mpls;
            (1, 4): ipv4;
            default: accept;
        }
    }
    state ipv4 {
        packet.extract(hdr.ipv4);
        transition accept;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

// One label after the other, until one of them says where to.
control Labels(inout headers_t hdr, inout metadata_t meta) {
    bit<8> ttl;

    action swap(label_v label, bit<16> next_hop) {
        hdr.mpls[0].label = label;
        hdr.mpls[0].ttl = ttl;
        meta.next_hop = next_hop;
        meta.decided = true;
    }
    // Penultimate hop: what is below goes on, with the TTL.
    action pop_and_forward(bit<16> next_hop) {
        hdr.mpls.pop_front(1);
        if (hdr.mpls[0].isValid()) {
            hdr.mpls[0].ttl = ttl;
        } else {
            hdr.ipv4.ttl = ttl;
            hdr.ethernet.type = IPV4;
        }
        meta.next_hop = next_hop;
        meta.decided = true;
    }
    action pop() {
        hdr.mpls.pop_front(1);
        if (hdr.mpls[0].isValid()) {
            // Taken down once for this router, not once a label.
            hdr.mpls[0].ttl = ttl + 1;
        }
    }
    action service(bit<16> vrf) {
        hdr.mpls.pop_front(1);
        hdr.ipv4.ttl = ttl + 1;
        hdr.ethernet.type = IPV4;
        meta.vrf = vrf;
        meta.decided = true;
    }
    action unknown() {
        meta.why = reason.NO_LABEL;
        meta.decided = true;
    }
    table incoming {
        key = {
            hdr.mpls[0].label: exact @name("label");
            hdr.mpls[0].bottom: exact @name("bottom");
        }
        actions = {
            swap;
            pop;
            pop_and_forward;
            service;
            unknown;
        }
        default_action = unknown();
        size = 4096;
    }
    apply {
        for (bit<8> i in 8w1 .. 3) {
            if (meta.decided || !hdr.mpls[0].isValid()) {
                break;
            }
            if (hdr.mpls[0].ttl <= 1) {
                meta.why = reason.TTL;
                break;
            }
            ttl = hdr.mpls[0].ttl - 1;
            incoming.apply();
        }
        if (!meta.decided && meta.why == reason.NONE) {
            meta.why = reason.NO_LABEL;
        }
    }
}

control Edge(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    counter(4, CounterType.packets) drops;
    Labels() labels;

    action customer(bit<16> vrf) {
        meta.vrf = vrf;
    }
    table ports {
        key = {
            sm.ingress_port: exact @name("port");
        }
        actions = {
            customer;
            NoAction;
        }
    }
    action local(bit<16> next_hop) {
        meta.next_hop = next_hop;
    }
    action remote(label_v service, label_v transport, bit<16> next_hop) {
        hdr.mpls.push_front(2);
        hdr.mpls[1] = { service, hdr.ipv4.dscp[5:3], 1, hdr.ipv4.ttl };
        hdr.mpls[0] = { transport, hdr.ipv4.dscp[5:3], 0, hdr.ipv4.ttl };
        if (transport == IMPLICIT_NULL) {
            hdr.mpls.pop_front(1);
        }
        hdr.ethernet.type = MPLS;
        meta.next_hop = next_hop;
    }
    action no_route() {
        meta.why = reason.NO_ROUTE;
    }
    table routes {
        key = {
            meta.vrf: exact @name("vrf");
            hdr.ipv4.dst: lpm @name("dst");
        }
        actions = {
            local;
            remote;
            no_route;
        }
        default_action = no_route();
    }
    action neighbor(bit<9> port, mac_t own, mac_t mac) {
        sm.egress_spec = port;
        hdr.ethernet.src = own;
        hdr.ethernet.dst = mac;
    }
    action drop() {
        mark_to_drop(sm);
    }
    table next_hops {
        key = {
            meta.next_hop: exact @name("next_hop");
        }
        actions = {
            neighbor;
            drop;
        }
        default_action = drop();
    }
    apply {
        ports.apply();
        if (hdr.mpls[0].isValid() && meta.vrf == 0) {
            labels.apply(hdr, meta);
        } else if (hdr.mpls[0].isValid()) {
            // Customers have no labels (RFC 4364, 13.1).
            meta.why = reason.NO_LABEL;
        }
        if (meta.why == reason.NONE && hdr.ipv4.isValid() && !hdr.mpls[0].isValid() && meta.next_hop == 0) {
            if (hdr.ipv4.ttl <= 1) {
                meta.why = reason.TTL;
            } else {
                hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
                routes.apply();
            }
        }
        if (meta.why != reason.NONE) {
            drops.count((bit<32>)(bit<8>)meta.why);
            drop();
        } else {
            next_hops.apply();
        }
    }
}

control Nothing(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    apply {
    }
}

control Compute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.dscp, hdr.ipv4.ecn, hdr.ipv4.length, hdr.ipv4.id, hdr.ipv4.fragment,
              hdr.ipv4.ttl, hdr.ipv4.protocol, hdr.ipv4.src, hdr.ipv4.dst },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control Deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(Parse(), Verify(), Edge(), Nothing(), Compute(), Deparse()) main;
