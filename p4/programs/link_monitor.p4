// A switch that measures its links, and probes that collect what all switches on a way have measured.
//
// Every port has registers: bytes and packets sent since the program began, and the rate of the last full window (100 ms at first).
// A probe is a frame of Ethernet type 0x88b5 (for experiments, IEEE 802) that brings its own way along: a list of ports, one for
// each switch. Each switch takes the first port off the list, sends the probe out of it, and adds a record of that port. Who
// sends a probe along a ring gets it back with a record of every link on it.
//
//     Ethernet | probe_t | record_t (newest first) ... | hop_t ... (the ports that are still ahead)
//
// Everything else is IPv4 or IPv6 and is routed.

#include <core.p4>
#include <v1model.p4>
#include "headers.p4"

const bit<16> ETHERTYPE_PROBE = 0x88b5;
const bit<32> PORTS = 512;
const bit<8> MOST_HOPS = 16;

enum bit<32> drop_t {
    MALFORMED    = 0,
    NO_ROUTE     = 1,
    TTL_EXPIRED  = 2,
    PROBE_ENDED  = 3, // the list of ports is empty
    PROBE_FULL   = 4  // no room for another record
}

error {
    IpHeader,
    TooManyRecords
}

header probe_t {
    bit<8> hops;    // ports still ahead
    bit<8> records;
    bit<16> number; // of the sender, for itself
}

header hop_t {
    bit<7> reserved;
    port_t port;
}

header record_t {
    bit<32> switch_id;
    bit<7>  reserved;
    port_t  port;
    bit<16> utilization;  // of the last full window, in thousandths of the link's speed
    bit<32> rate;         // likewise in kbit/s
    bit<64> bytes;        // since the program began: who takes the difference of two probes has a rate of its own
    bit<64> packets;
    bit<64> time;         // microseconds of the switch's clock, when the counts were read
}

struct headers_t {
    ethernet_t     ethernet;
    probe_t        probe;
    record_t[16]   records;
    hop_t          hop;
    ipv4_t         ipv4;
    ipv4_options_t ipv4_options;
    ipv6_t         ipv6;
}

struct metadata_t {}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    bit<8> left;

    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            ETHERTYPE_PROBE: probe;
            ETHERTYPE_IPV4: ipv4;
            ETHERTYPE_IPV6: ipv6;
            default: accept;
        }
    }

    state probe {
        packet.extract(hdr.probe);
        verify(hdr.probe.records <= MOST_HOPS, error.TooManyRecords);
        left = hdr.probe.records;
        transition records;
    }

    state records {
        transition select(left, hdr.probe.hops) {
            (0, 0): accept;
            (0, _): hop;
            default: one_record;
        }
    }

    state one_record {
        packet.extract(hdr.records.next);
        left = left - 1;
        transition records;
    }

    // This switch's own; those of the others are payload.
    state hop {
        packet.extract(hdr.hop);
        transition accept;
    }

    state ipv4 {
        packet.extract(hdr.ipv4);
        verify(hdr.ipv4.version == 4 && hdr.ipv4.ihl >= 5, error.IpHeader);
        transition select(hdr.ipv4.ihl) {
            5: accept;
            default: ipv4_options;
        }
    }

    state ipv4_options {
        packet.extract(hdr.ipv4_options, ((bit<32>)hdr.ipv4.ihl - 5) * 32);
        transition accept;
    }

    state ipv6 {
        packet.extract(hdr.ipv6);
        verify(hdr.ipv6.version == 6, error.IpHeader);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(), IPV4_SUMMED(hdr.ipv4, hdr.ipv4_options), hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    counter(5, CounterType.packets) drops;

    action drop(drop_t reason) {
        drops.count(reason);
        mark_to_drop(std);
        exit;
    }

    action next_hop(port_t port, mac_t src, mac_t dst) {
        std.egress_spec = port;
        hdr.ethernet.src = src;
        hdr.ethernet.dst = dst;
    }

    action no_route() {
        drop(drop_t.NO_ROUTE);
    }

    table ipv4_routes {
        key = { hdr.ipv4.dst: lpm @name("dst"); }
        actions = { next_hop; no_route; }
        default_action = no_route();
        size = 65536;
    }

    table ipv6_routes {
        key = { hdr.ipv6.dst: lpm @name("dst"); }
        actions = { next_hop; no_route; }
        default_action = no_route();
        size = 65536;
    }

    apply {
        if (std.parser_error != error.NoError || std.checksum_error == 1) {
            drop(drop_t.MALFORMED);
        }
        if (hdr.probe.isValid()) {
            if (hdr.probe.hops == 0) {
                drop(drop_t.PROBE_ENDED);
            }
            if (hdr.probe.records >= MOST_HOPS) {
                drop(drop_t.PROBE_FULL);
            }
            std.egress_spec = hdr.hop.port;
            hdr.hop.setInvalid();
            hdr.probe.hops = hdr.probe.hops - 1;
        } else if (hdr.ipv4.isValid()) {
            if (hdr.ipv4.ttl <= 1) {
                drop(drop_t.TTL_EXPIRED);
            }
            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
            ipv4_routes.apply();
        } else if (hdr.ipv6.isValid()) {
            if (hdr.ipv6.hop_limit <= 1) {
                drop(drop_t.TTL_EXPIRED);
            }
            hdr.ipv6.hop_limit = hdr.ipv6.hop_limit - 1;
            ipv6_routes.apply();
        } else {
            drop(drop_t.NO_ROUTE);
        }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    register<bit<64>>(PORTS) bytes_sent;
    register<bit<64>>(PORTS) packets_sent;
    // The window that is under way: when it began, and the bytes in it.
    register<bit<48>>(PORTS) window_start;
    register<bit<64>>(PORTS) window_bytes;
    // Of the last full one.
    register<bit<32>>(PORTS) rates;

    bit<32> switch_id = 0;
    bit<48> window = 0;
    bit<32> speed = 0;

    // `window` in microseconds.
    action set_switch(bit<32> id, bit<48> window_length) {
        switch_id = id;
        window = window_length;
    }

    // Who this switch is, and how long it measures: set the default action.
    table settings {
        actions = { set_switch; }
        default_action = set_switch(0, 100000);
    }

    // In Mbit/s.
    action set_speed(bit<32> mbps) {
        speed = mbps;
    }

    // The speeds of the links, for the utilization; the default is that of a port without an entry.
    table links {
        key = { std.egress_port: exact @name("port"); }
        actions = { set_speed; }
        default_action = set_speed(10000);
        size = 512;
    }

    apply {
        settings.apply();
        bit<32> port = (bit<32>)std.egress_port;
        bit<48> now = std.egress_global_timestamp;
        bit<64> bytes;
        bit<64> packets;
        bit<32> rate;
        // Together, or two workers that send to one port would lose each other's counts.
        @atomic {
            bit<48> start;
            bit<64> in_window;
            window_start.read(start, port);
            window_bytes.read(in_window, port);
            rates.read(rate, port);
            bit<48> age = now - start;
            if (age >= window) {
                // Bits by microseconds are Mbit/s. After a pause the window was longer than it should be: the rate is that of all of it.
                bit<64> kbps = in_window * 8000 / (bit<64>)age;
                rate = kbps > 0xffffffff ? 32w0xffffffff : kbps[31:0];
                rates.write(port, rate);
                window_start.write(port, now);
                in_window = 0;
            }
            window_bytes.write(port, in_window + (bit<64>)std.packet_length);
            bytes_sent.read(bytes, port);
            packets_sent.read(packets, port);
            bytes_sent.write(port, bytes + (bit<64>)std.packet_length);
            packets_sent.write(port, packets + 1);
        }
        if (hdr.probe.isValid()) {
            links.apply();
            hdr.records.push_front(1);
            hdr.records[0].setValid();
            hdr.records[0].switch_id = switch_id;
            hdr.records[0].reserved = 0;
            hdr.records[0].port = std.egress_port;
            // kbit/s by Mbit/s are thousandths; of a speed of 0 nothing is known, and the division gives 0.
            bit<32> thousandths = rate / speed;
            hdr.records[0].utilization = thousandths > 0xffff ? 16w0xffff : thousandths[15:0];
            hdr.records[0].rate = rate;
            hdr.records[0].bytes = bytes;
            hdr.records[0].packets = packets;
            hdr.records[0].time = (bit<64>)now;
            hdr.probe.records = hdr.probe.records + 1;
        }
    }
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(), IPV4_SUMMED(hdr.ipv4, hdr.ipv4_options), hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
