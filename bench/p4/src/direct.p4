// Exact match on the five numbers of a flow, each counted, metered and aged, and what a router does with the packet.

#include <core.p4>
#include <v1model.p4>

header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
header ipv4_t {
    bit<8> version_ihl; bit<8> tos; bit<16> total_length; bit<32> id_and_fragment;
    bit<8> ttl; bit<8> protocol; bit<16> checksum; bit<32> src; bit<32> dst;
}
header ports_t { bit<16> src; bit<16> dst; }
struct headers_t { ethernet_t ethernet; ipv4_t ipv4; ports_t ports; }
struct metadata_t { }

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) { 0x0800: ipv4; default: accept; }
    }
    state ipv4 {
        packet.extract(hdr.ipv4);
        transition select(hdr.ipv4.version_ihl, hdr.ipv4.protocol) {
            (0x45, 6): ports;
            (0x45, 17): ports;
            default: accept;
        }
    }
    state ports { packet.extract(hdr.ports); transition accept; }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) { apply { } }

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
    direct_counter(CounterType.packets_and_bytes) seen;
    direct_meter<bit<2>>(MeterType.bytes) rates;
    bit<2> colour = 0;
    action forward(bit<9> port, bit<48> dst, bit<48> src) {
        rates.read(colour);
        standard.egress_spec = port;
        hdr.ethernet.dst = dst;
        hdr.ethernet.src = src;
        hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
        bit<32> sum = (bit<32>)hdr.ipv4.checksum + 0x0100;
        hdr.ipv4.checksum = (bit<16>)(sum + ((sum + 1) >> 16));
    }
    action drop() { mark_to_drop(standard); }
    table flows {
        key = {
            hdr.ipv4.src: exact;
            hdr.ipv4.dst: exact;
            hdr.ipv4.protocol: exact;
            hdr.ports.src: exact;
            hdr.ports.dst: exact;
        }
        actions = { forward; drop; }
        default_action = drop();
        counters = seen;
        meters = rates;
        support_timeout = true;
        size = 1048576;
    }
    apply {
        if (hdr.ports.isValid() && hdr.ipv4.ttl > 1) {
            flows.apply();
            if (colour == 2) { drop(); }
        } else { drop(); }
    }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) { apply { } }
control update_sums(inout headers_t hdr, inout metadata_t meta) { apply { } }
control deparse(packet_out packet, in headers_t hdr) {
    apply { packet.emit(hdr.ethernet); packet.emit(hdr.ipv4); packet.emit(hdr.ports); }
}

V1Switch(parse(), verify_sums(), ingress(), egress(), update_sums(), deparse()) main;
