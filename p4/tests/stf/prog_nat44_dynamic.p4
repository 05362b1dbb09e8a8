// Address and port translation without a controller: a flow from inside takes a slot of registers, whose number is its port outside;
// slots of flows that are silent are taken over, and others are looked for in up to four places. Checksums are mended (RFC 1624).
#include <core.p4>
#include <v1model.p4>

typedef bit<32> ip4_t;
typedef bit<48> time_t;

const bit<32> SLOTS = 64;
const bit<16> FIRST_PORT = 20000;
const time_t SILENCE = 2500;
const bit<9> INSIDE = 1;
const bit<9> OUTSIDE = 2;
const bit<8> TRIES = 4;

enum bit<8> outcome {
    OUT_NEW = 0,
    OUT_KNOWN = 1,
    IN_KNOWN = 2,
    NO_SLOT = 3,
    NO_FLOW = 4,
    NO_PORTS = 5
}

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<8> tos;
    bit<16> length;
    bit<16> id;
    bit<3> flags;
    bit<13> fragment;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    ip4_t src;
    ip4_t dst;
}

header ports_t {
    bit<16> src;
    bit<16> dst;
}

header tcp_t {
    bit<32> sequence;
    bit<32> acknowledged;
    bit<16> flags;
    bit<16> window;
    bit<16> checksum;
    bit<16> urgent;
}

header udp_t {
    bit<16> length;
    bit<16> checksum;
}

struct headers_t {
    ethernet_t ethernet;
    ipv4_t ipv4;
    ports_t ports;
    tcp_t tcp;
    udp_t udp;
}

struct metadata_t {
}

parser Parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x0800: ipv4;
            default: accept;
        }
    }
    state ipv4 {
        packet.extract(hdr.ipv4);
        transition select(hdr.ipv4.ihl, hdr.ipv4.fragment, hdr.ipv4.protocol) {
            (5, 0, 6): tcp;
            (5, 0, 17): udp;
            default: accept;
        }
    }
    state tcp {
        packet.extract(hdr.ports);
        packet.extract(hdr.tcp);
        transition accept;
    }
    state udp {
        packet.extract(hdr.ports);
        packet.extract(hdr.udp);
        transition accept;
    }
}

control Verify(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

// RFC 1624, equation 3, for one word.
bit<16> mended(in bit<16> sum, in bit<16> old, in bit<16> new) {
    bit<32> s = (bit<32>)~sum + (bit<32>)~old + (bit<32>)new;
    s = (s & 0xffff) + (s >> 16);
    s = (s & 0xffff) + (s >> 16);
    return ~s[15:0];
}

bit<16> mended_address(in bit<16> sum, in ip4_t old, in ip4_t new) {
    return mended(mended(sum, old[31:16], new[31:16]), old[15:0], new[15:0]);
}

control Translate(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    register<bit<56>>(SLOTS) flows;
    register<bit<48>>(SLOTS) heard;
    counter(6, CounterType.packets) outcomes;

    bit<56> flow;
    bit<32> slot;
    bool found = false;

    action rewrite(ip4_t src, ip4_t dst, bit<16> sport, bit<16> dport) {
        bit<16> sum = hdr.tcp.isValid() ? hdr.tcp.checksum : hdr.udp.checksum;
        // A UDP checksum of zero is none.
        if (hdr.tcp.isValid() || sum != 0) {
            sum = mended_address(sum, hdr.ipv4.src, src);
            sum = mended_address(sum, hdr.ipv4.dst, dst);
            sum = mended(sum, hdr.ports.src, sport);
            sum = mended(sum, hdr.ports.dst, dport);
            if (hdr.udp.isValid() && sum == 0) {
                sum = 0xffff;
            }
        }
        hdr.tcp.checksum = sum;
        hdr.udp.checksum = sum;
        hdr.ipv4.checksum = mended_address(mended_address(hdr.ipv4.checksum, hdr.ipv4.src, src), hdr.ipv4.dst, dst);
        hdr.ipv4.src = src;
        hdr.ipv4.dst = dst;
        hdr.ports = { sport, dport };
    }
    action drop(outcome why) {
        mark_to_drop(sm);
        outcomes.count((bit<32>)(bit<8>)why);
    }
    action translate_as(ip4_t address) {
        rewrite(address, hdr.ipv4.dst, FIRST_PORT + slot[15:0], hdr.ports.dst);
        sm.egress_spec = OUTSIDE;
    }
    table addresses {
        actions = {
            translate_as;
            NoAction;
        }
    }
    apply {
        if (!hdr.ports.isValid()) {
            drop(outcome.NO_PORTS);
            return;
        }
        time_t now = sm.ingress_global_timestamp;
        if (sm.ingress_port == INSIDE) {
            flow = hdr.ipv4.protocol ++ hdr.ipv4.src ++ hdr.ports.src;
            bit<32> begin;
            hash(begin, HashAlgorithm.crc32, 32w0, { flow }, SLOTS);
            bool free = false;
            bit<32> place = 0;
            @atomic {
                for (bit<8> i = 0; i < TRIES; i += 1) {
                    bit<32> at = (begin + (bit<32>)i) & (SLOTS - 1);
                    bit<56> have;
                    time_t last;
                    flows.read(have, at);
                    heard.read(last, at);
                    bool silent = have == 0 || now - last > SILENCE;
                    if (have == flow && !silent) {
                        slot = at;
                        found = true;
                        break;
                    }
                    if (silent && !free) {
                        free = true;
                        place = at;
                    }
                }
                if (!found && free) {
                    slot = place;
                    flows.write(slot, flow);
                }
                if (found || free) {
                    heard.write(slot, now);
                }
            }
            if (!found && !free) {
                drop(outcome.NO_SLOT);
                return;
            }
            outcomes.count(found ? (bit<32>)(bit<8>)outcome.OUT_KNOWN : 0);
            addresses.apply();
        } else {
            slot = (bit<32>)(hdr.ports.dst - FIRST_PORT);
            time_t last = 0;
            flow = 0;
            if (slot < SLOTS) {
                flows.read(flow, slot);
                heard.read(last, slot);
            }
            if (flow == 0 || flow[55:48] != hdr.ipv4.protocol || now - last > SILENCE) {
                drop(outcome.NO_FLOW);
                return;
            }
            heard.write(slot, now);
            rewrite(hdr.ipv4.src, flow[47:16], hdr.ports.src, flow[15:0]);
            sm.egress_spec = INSIDE;
            outcomes.count((bit<32>)(bit<8>)outcome.IN_KNOWN);
        }
    }
}

control Nothing(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
    apply {
    }
}

control Compute(inout headers_t hdr, inout metadata_t meta) {
    apply {
    }
}

control Deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(Parse(), Verify(), Translate(), Nothing(), Compute(), Deparse()) main;
