// A stateful firewall between pairs of ports: who is inside may talk to whom it likes, and only answers come back.
//
// Connections are remembered in an aging Bloom filter: two registers of 65,536 cells, one found by CRC-32 and one by CRC-16 over
// addresses, ports and protocol. A packet from inside writes the time into both cells; a packet from outside passes when both
// of its cells (with the two sides exchanged) were written less than a timeout ago. Cells are never cleared: they age. Two
// connections that share one cell do no harm; with 10,000 at once about one foreign packet in 50 finds both of its cells
// written by others. For who must not accept that, `CELLS` is the only number to change.
//
// A TCP connection begins with a SYN from inside, and later packets from inside only prolong what is still alive. A server
// behind the firewall is opened by an entry in `ipv4_services` or `ipv6_services`.

#include <core.p4>
#include <v1model.p4>
#include "ip.p4"

const bit<32> CELLS = 65536;

// Why a packet passed or not: the cells of the counter `verdicts`.
enum bit<32> verdict_t {
    FROM_INSIDE = 0,   // passed: it came from inside
    ANSWER      = 1,   // passed: an answer
    SERVICE     = 2,   // passed: to a service that is open
    CONTROL     = 3,   // passed: errors of ICMP, neighbour discovery, and Ethernet types that may pass
    UNKNOWN     = 4,   // dropped: from outside, and nobody asked
    MALFORMED   = 5,   // dropped: cut short, wrong checksum, headers or TCP flags that contradict themselves
    FRAGMENT    = 6,   // dropped: a later fragment from outside, which tells nobody where it belongs
    TOO_MANY    = 7,   // dropped: more errors of ICMP than the meter lets pass
    UNUSED_PORT = 8    // dropped: the port is no side of a pair
}

struct headers_t {
    ethernet_t   ethernet;
    ip_headers_t ip;
}

struct metadata_t {
    flow_t   flow;
    // IPv4 addresses in the low 32 bits.
    bit<128> src;
    bit<128> dst;
    bool     inside;
    // In units of 1024 microseconds.
    bit<32>  timeout;
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    parse_ip() ip;

    state start {
        packet.extract(hdr.ethernet);
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

// Both registers, and what is asked of them.
control connections(in bit<128> inside, in bit<128> outside, in bit<16> inside_port, in bit<16> outside_port, in bit<8> protocol,
                    in bit<32> now, in bit<32> timeout, in bool opens, in bool prolongs, out bool alive) {
    // When a packet from inside was last here; 0: never.
    register<bit<32>>(CELLS) by_crc32;
    register<bit<32>>(CELLS) by_crc16;

    apply {
        bit<32> first;
        bit<32> second;
        hash(first, HashAlgorithm.crc32, 32w0, { inside, outside, inside_port, outside_port, protocol }, CELLS);
        hash(second, HashAlgorithm.crc16, 32w0, { inside, outside, inside_port, outside_port, protocol }, CELLS);
        bit<32> first_time;
        bit<32> second_time;
        by_crc32.read(first_time, first);
        by_crc16.read(second_time, second);
        alive = first_time != 0 && second_time != 0 && now - first_time < timeout && now - second_time < timeout;
        if (opens || (prolongs && alive)) {
            by_crc32.write(first, now);
            by_crc16.write(second, now);
        }
    }
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    counter(9, CounterType.packets_and_bytes) verdicts;
    // Errors of ICMP from outside; set rates to bound them. Without rates all pass.
    meter(1, MeterType.packets) icmp_errors;
    connections() known;

    action pass(verdict_t verdict) {
        verdicts.count(verdict);
    }

    action refuse(verdict_t verdict) {
        verdicts.count(verdict);
        mark_to_drop(std);
    }

    action inside(port_t outside_port) {
        meta.inside = true;
        std.egress_spec = outside_port;
    }

    action outside(port_t inside_port) {
        meta.inside = false;
        std.egress_spec = inside_port;
    }

    action unused() {
        refuse(verdict_t.UNUSED_PORT);
        exit;
    }

    // Which side a port is on, and the port on the other side.
    table ports {
        key = { std.ingress_port: exact @name("port"); }
        actions = { inside; outside; unused; }
        default_action = unused();
        size = 512;
    }

    action open() {}

    // Servers that may be called from outside. Among several entries the one with the largest priority counts.
    table ipv4_services {
        key = {
            hdr.ip.ipv4.dst:    lpm @name("dst");
            meta.flow.protocol: exact @name("protocol");
            meta.flow.dst_port: range @name("dst_port");
        }
        actions = { open; NoAction; }
        default_action = NoAction();
        size = 1024;
    }

    table ipv6_services {
        key = {
            hdr.ip.ipv6.dst:    lpm @name("dst");
            meta.flow.protocol: exact @name("protocol");
            meta.flow.dst_port: range @name("dst_port");
        }
        actions = { open; NoAction; }
        default_action = NoAction();
        size = 1024;
    }

    // What is neither IPv4 nor IPv6 passes by its Ethernet type.
    table other_types {
        key = { hdr.ethernet.type: exact @name("type"); }
        actions = { open; NoAction; }
        default_action = NoAction();
        size = 64;
        entries = {
            ETHERTYPE_ARP: open();
        }
    }

    action set_timeouts(bit<32> tcp, bit<32> other) {
        meta.timeout = hdr.ip.tcp.isValid() ? tcp : other;
    }

    // How long a silent connection is remembered, in units of 1024 microseconds: about two hours for TCP (RFC 5382),
    // two minutes for everything else (RFC 4787). Set the default action for other times.
    table timeouts {
        actions = { set_timeouts; }
        default_action = set_timeouts(7265625, 117188);
    }

    // True for an ICMP message that nobody asks for: unreachable, too big, time exceeded, parameter problem.
    bool icmp_error = false;
    // True for neighbour discovery, which never leaves its link (RFC 4861: hop limit 255).
    bool neighbor_discovery = false;

    action look_at_icmp() {
        bit<8> type = hdr.ip.icmp.type;
        if (hdr.ip.ipv4.isValid()) {
            icmp_error = type == 3 || type == 11 || type == 12;
        } else {
            icmp_error = type >= 1 && type <= 4;
            neighbor_discovery = type >= 133 && type <= 137 && hdr.ip.ipv6.hop_limit == 255;
        }
        // An echo and its answer have the identifier where others have ports.
        if (type == 0 || type == 8 || type == 128 || type == 129) {
            meta.flow.src_port = hdr.ip.icmp.identifier;
            meta.flow.dst_port = hdr.ip.icmp.identifier;
        }
    }

    // SYN with FIN or RST, nothing at all, or FIN without ACK: no host says that; scanners do.
    action look_at_flags(out bool nonsense) {
        nonsense = (hdr.ip.tcp.syn & (hdr.ip.tcp.fin | hdr.ip.tcp.rst)) == 1
                   || (hdr.ip.tcp.syn | hdr.ip.tcp.rst | hdr.ip.tcp.ack) == 0;
    }

    apply {
        ports.apply();
        bool nonsense = false;
        if (hdr.ip.tcp.isValid()) {
            look_at_flags(nonsense);
        }
        if (std.parser_error != error.NoError || std.checksum_error == 1 || nonsense) {
            refuse(verdict_t.MALFORMED);
            exit;
        }

        if (hdr.ip.ipv4.isValid()) {
            meta.src = 96w0 ++ hdr.ip.ipv4.src;
            meta.dst = 96w0 ++ hdr.ip.ipv4.dst;
        } else if (hdr.ip.ipv6.isValid()) {
            meta.src = hdr.ip.ipv6.src;
            meta.dst = hdr.ip.ipv6.dst;
        } else {
            if (other_types.apply().hit) {
                pass(verdict_t.CONTROL);
            } else {
                refuse(verdict_t.UNKNOWN);
            }
            exit;
        }
        if (hdr.ip.icmp.isValid()) {
            look_at_icmp();
        }
        if (neighbor_discovery) {
            pass(verdict_t.CONTROL);
            exit;
        }
        timeouts.apply();

        bit<32> now = std.ingress_global_timestamp[41:10] + 1; // 0 means never
        bool alive;
        if (meta.inside) {
            bool opens = meta.flow.later_fragment == 0 && !icmp_error
                         && (!hdr.ip.tcp.isValid() || (hdr.ip.tcp.syn == 1 && hdr.ip.tcp.ack == 0));
            // The end of a connection does not prolong it.
            bool prolongs = hdr.ip.tcp.isValid() && hdr.ip.tcp.fin == 0 && hdr.ip.tcp.rst == 0;
            known.apply(meta.src, meta.dst, meta.flow.src_port, meta.flow.dst_port, meta.flow.protocol,
                        now, meta.timeout, opens, prolongs, alive);
            pass(verdict_t.FROM_INSIDE);
            exit;
        }

        if (meta.flow.later_fragment == 1) {
            refuse(verdict_t.FRAGMENT);
            exit;
        }
        if (icmp_error) {
            bit<2> color;
            icmp_errors.execute_meter(0, color);
            if (color == V1MODEL_METER_COLOR_RED) {
                refuse(verdict_t.TOO_MANY);
            } else {
                pass(verdict_t.CONTROL);
            }
            exit;
        }
        bool service = false;
        if (hdr.ip.ipv4.isValid()) {
            service = ipv4_services.apply().hit;
        } else {
            service = ipv6_services.apply().hit;
        }
        if (service) {
            pass(verdict_t.SERVICE);
            exit;
        }
        known.apply(meta.dst, meta.src, meta.flow.dst_port, meta.flow.src_port, meta.flow.protocol,
                    now, meta.timeout, false, false, alive);
        if (alive) {
            pass(verdict_t.ANSWER);
        } else {
            refuse(verdict_t.UNKNOWN);
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
