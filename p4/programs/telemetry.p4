// In-band network telemetry: chosen packets carry a record of every switch that they pass.
//
// The first switch (source) puts a telemetry header between the IP header and what follows it, in packets that its table `watch`
// names. Every switch on the way (transit) adds its record: who it is, ports, queue, times. The last one (sink) takes everything
// out again, so that no host sees it, and sends a copy of the packet with all records to a collector, in UDP.
//
// One program is all three: a switch is the source of what it watches, and the sink of what leaves by a port in `edges`.
//
//     IPv4 or IPv6 | telemetry_t | record_t of the last switch ... record_t of the first | what was there before
//
// The protocol number is 253, which is for experiments (RFC 3692); the old one is kept in telemetry_t. Lengths and checksums are
// those of the packet as it is; the sums of TCP and UDP are over what was there before and stay as they are.

#include <core.p4>
#include <v1model.p4>
#include "headers.p4"

const bit<8> PROTOCOL_TELEMETRY = 253;
// Records that a packet can carry; this many at 32 bytes each are 256.
const bit<8> MOST_RECORDS = 8;
const bit<16> RECORD_BYTES = 32;
const bit<16> TELEMETRY_BYTES = 4;

// Clone session that leads to the port of the collector.
const bit<32> COLLECTOR_SESSION = 5;
const bit<16> COLLECTOR_PORT = 32766;
// What goes before a report: IPv4 and UDP.
const bit<16> REPORT_BYTES = 28;

const bit<32> INGRESS_CLONE = 1;

enum bit<32> drop_t {
    MALFORMED   = 0,
    NO_ROUTE    = 1,
    TTL_EXPIRED = 2,
    FORGED      = 3 // telemetry that comes in where nobody speaks it
}

error {
    IpHeader,
    TooManyRecords
}

header telemetry_t {
    bit<8> protocol; // what follows the records
    bit<8> records;
    bit<8> most;     // records that the source allows
    bit<1> overflow; // a switch had something to add, and there was no room
    bit<7> reserved;
}

header record_t {
    bit<32> switch_id;
    bit<16> ingress_port;
    bit<16> egress_port;
    bit<32> queue_depth;   // packets before this one
    bit<32> queue_time;    // microseconds
    bit<64> ingress_time;  // microseconds of the switch's clock
    bit<64> egress_time;
}

struct headers_t {
    // Of a report only.
    ethernet_t     report_ethernet;
    ipv4_t         report_ipv4;
    udp_t          report_udp;
    // The packet.
    ethernet_t     ethernet;
    ipv4_t         ipv4;
    ipv4_options_t ipv4_options;
    ipv6_t         ipv6;
    telemetry_t    telemetry;
    record_t[8]    records;
}

struct metadata_t {
    // The record that a sink adds to its report, carried to the copy.
    @field_list(1) bit<48> ingress_time;
    @field_list(1) port_t  egress_port;
    bit<8>  protocol;
    bool    source;
    bool    sink;
    port_t  port;
    bit<8>  most;
    bit<16> src_port;
    bit<16> dst_port;
}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    bit<8> left;

    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            ETHERTYPE_IPV4: ipv4;
            ETHERTYPE_IPV6: ipv6;
            default: accept;
        }
    }

    state ipv4 {
        packet.extract(hdr.ipv4);
        verify(hdr.ipv4.version == 4 && hdr.ipv4.ihl >= 5, error.IpHeader);
        meta.protocol = hdr.ipv4.protocol;
        transition select(hdr.ipv4.ihl) {
            5: ipv4_payload;
            default: ipv4_options;
        }
    }

    state ipv4_options {
        packet.extract(hdr.ipv4_options, ((bit<32>)hdr.ipv4.ihl - 5) * 32);
        transition ipv4_payload;
    }

    state ipv4_payload {
        transition select(hdr.ipv4.fragment_offset) {
            0: payload;
            default: accept;
        }
    }

    state ipv6 {
        packet.extract(hdr.ipv6);
        verify(hdr.ipv6.version == 6, error.IpHeader);
        meta.protocol = hdr.ipv6.next_header;
        transition payload;
    }

    state payload {
        transition select(meta.protocol) {
            PROTOCOL_TELEMETRY: telemetry;
            PROTOCOL_TCP: ports;
            PROTOCOL_UDP: ports;
            default: accept;
        }
    }

    state telemetry {
        packet.extract(hdr.telemetry);
        verify(hdr.telemetry.records <= MOST_RECORDS, error.TooManyRecords);
        left = hdr.telemetry.records;
        transition records;
    }

    state records {
        transition select(left) {
            0: accept;
            default: one_record;
        }
    }

    state one_record {
        packet.extract(hdr.records.next);
        left = left - 1;
        transition records;
    }

    // Only to be looked at: the header stays with the payload, behind what a source puts before it.
    state ports {
        bit<32> both = packet.lookahead<bit<32>>();
        meta.src_port = both[31:16];
        meta.dst_port = both[15:0];
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(), IPV4_SUMMED(hdr.ipv4, hdr.ipv4_options), hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    counter(4, CounterType.packets) drops;
    direct_counter(CounterType.packets) watched;

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

    // Ports behind which nobody speaks telemetry: hosts, and other networks. Asked for the port a packet came in by, and again for
    // the one it leaves by.
    table edges {
        key = { meta.port: exact @name("port"); }
        actions = { NoAction; }
        default_action = NoAction();
        size = 512;
    }

    // `most`: records that a packet of this kind may carry.
    action start(bit<8> most) {
        meta.source = true;
        meta.most = most;
    }

    // Which packets are to be followed.
    table watch {
        key = {
            std.ingress_port: optional @name("port");
            hdr.ipv4.src:     ternary @name("ipv4_src");
            hdr.ipv4.dst:     ternary @name("ipv4_dst");
            hdr.ipv6.src:     ternary @name("ipv6_src");
            hdr.ipv6.dst:     ternary @name("ipv6_dst");
            meta.protocol:    ternary @name("protocol");
            meta.src_port:    range @name("src_port");
            meta.dst_port:    range @name("dst_port");
        }
        actions = { start; NoAction; }
        default_action = NoAction();
        counters = watched;
        size = 512;
    }

    action add_telemetry() {
        hdr.telemetry.setValid();
        hdr.telemetry.protocol = meta.protocol;
        hdr.telemetry.records = 0;
        hdr.telemetry.most = meta.most > MOST_RECORDS ? MOST_RECORDS : meta.most;
        hdr.telemetry.overflow = 0;
        hdr.telemetry.reserved = 0;
        if (hdr.ipv4.isValid()) {
            hdr.ipv4.protocol = PROTOCOL_TELEMETRY;
            hdr.ipv4.total_length = hdr.ipv4.total_length + TELEMETRY_BYTES;
        } else {
            hdr.ipv6.next_header = PROTOCOL_TELEMETRY;
            hdr.ipv6.payload_length = hdr.ipv6.payload_length + TELEMETRY_BYTES;
        }
    }

    apply {
        if (std.parser_error != error.NoError || std.checksum_error == 1) {
            drop(drop_t.MALFORMED);
        }
        meta.port = std.ingress_port;
        if (edges.apply().hit && hdr.telemetry.isValid()) {
            drop(drop_t.FORGED);
        }
        // Fragments are not followed: what would be put into the first one moves the offsets of the others.
        bool whole = true;
        if (hdr.ipv4.isValid()) {
            if (hdr.ipv4.ttl <= 1) {
                drop(drop_t.TTL_EXPIRED);
            }
            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
            whole = hdr.ipv4.more_fragments == 0 && hdr.ipv4.fragment_offset == 0;
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
        meta.port = std.egress_spec;
        meta.sink = edges.apply().hit;
        meta.ingress_time = std.ingress_global_timestamp;
        meta.egress_port = std.egress_spec;
        if (hdr.telemetry.isValid()) {
            if (meta.sink) {
                // The copy still has everything; egress makes a report of it.
                clone_preserving_field_list(CloneType.I2E, COLLECTOR_SESSION, 1);
            }
        } else if (whole && !meta.sink && watch.apply().hit && meta.source) {
            add_telemetry();
        }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    bit<32> switch_id = 0;

    action set_switch_id(bit<32> id) {
        switch_id = id;
    }

    // Who this switch is: set the default action.
    table identity {
        actions = { set_switch_id; }
        default_action = set_switch_id(0);
    }

    action make_longer(in bit<16> bytes) {
        if (hdr.ipv4.isValid()) {
            hdr.ipv4.total_length = hdr.ipv4.total_length + bytes;
        } else {
            hdr.ipv6.payload_length = hdr.ipv6.payload_length + bytes;
        }
    }

    action add_record(in bit<48> ingress_time, in port_t egress_port) {
        hdr.records.push_front(1);
        hdr.records[0].setValid();
        hdr.records[0].switch_id = switch_id;
        hdr.records[0].ingress_port = (bit<16>)std.ingress_port;
        hdr.records[0].egress_port = (bit<16>)egress_port;
        hdr.records[0].queue_depth = (bit<32>)std.deq_qdepth;
        hdr.records[0].queue_time = std.deq_timedelta;
        hdr.records[0].ingress_time = (bit<64>)ingress_time;
        hdr.records[0].egress_time = (bit<64>)std.egress_global_timestamp;
        hdr.telemetry.records = hdr.telemetry.records + 1;
        make_longer(RECORD_BYTES);
    }

    // The packet as it was before its source saw it.
    action strip() {
        bit<16> bytes = TELEMETRY_BYTES + (bit<16>)hdr.telemetry.records * RECORD_BYTES;
        if (hdr.ipv4.isValid()) {
            hdr.ipv4.protocol = hdr.telemetry.protocol;
        } else {
            hdr.ipv6.next_header = hdr.telemetry.protocol;
        }
        make_longer(-bytes);
        hdr.telemetry.setInvalid();
        hdr.records.pop_front(8);
    }

    // The whole packet with its records, in UDP to the collector.
    action report(mac_t src_mac, mac_t dst_mac, ipv4_address_t src, ipv4_address_t dst) {
        hdr.report_ethernet.setValid();
        hdr.report_ethernet.dst = dst_mac;
        hdr.report_ethernet.src = src_mac;
        hdr.report_ethernet.type = ETHERTYPE_IPV4;
        bit<16> carried = 14 + (hdr.ipv4.isValid() ? hdr.ipv4.total_length : hdr.ipv6.payload_length + 40);
        hdr.report_ipv4.setValid();
        hdr.report_ipv4.version = 4;
        hdr.report_ipv4.ihl = 5;
        hdr.report_ipv4.dscp = 0;
        hdr.report_ipv4.ecn = 0;
        hdr.report_ipv4.total_length = REPORT_BYTES + carried;
        hdr.report_ipv4.identification = 0;
        hdr.report_ipv4.reserved = 0;
        hdr.report_ipv4.do_not_fragment = 1;
        hdr.report_ipv4.more_fragments = 0;
        hdr.report_ipv4.fragment_offset = 0;
        hdr.report_ipv4.ttl = 64;
        hdr.report_ipv4.protocol = PROTOCOL_UDP;
        hdr.report_ipv4.src = src;
        hdr.report_ipv4.dst = dst;
        hdr.report_udp.setValid();
        hdr.report_udp.src_port = COLLECTOR_PORT;
        hdr.report_udp.dst_port = COLLECTOR_PORT;
        hdr.report_udp.length = 8 + carried;
        hdr.report_udp.checksum = 0;
    }

    action no_report() {
        mark_to_drop(std);
    }

    // Where reports go: set the default action.
    table collector {
        actions = { report; no_report; }
        default_action = no_report();
    }

    apply {
        if (hdr.telemetry.isValid()) {
            identity.apply();
            if (std.instance_type != INGRESS_CLONE && meta.sink) {
                strip();
            } else {
                if (hdr.telemetry.records < hdr.telemetry.most && hdr.telemetry.records < MOST_RECORDS) {
                    add_record(meta.ingress_time, meta.egress_port);
                } else {
                    hdr.telemetry.overflow = 1;
                }
                if (std.instance_type == INGRESS_CLONE) {
                    collector.apply();
                }
            }
        }
    }
}

control update_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {
        ipv4_options_t none;
        none.setInvalid();
        update_checksum(hdr.report_ipv4.isValid(), IPV4_SUMMED(hdr.report_ipv4, none), hdr.report_ipv4.checksum, HashAlgorithm.csum16);
        update_checksum(hdr.ipv4.isValid(), IPV4_SUMMED(hdr.ipv4, hdr.ipv4_options), hdr.ipv4.checksum, HashAlgorithm.csum16);
    }
}

control deparse(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
