// A parser may write to the packet and fail then: the flow stays the one that the packet came in with (swerve.p4).
#include <swerve.p4>
header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}
header ipv4_t {
    bit<8> begin;
    bit<8> tos;
    bit<56> rest;
    bit<8> protocol;
    bit<16> checksum;
    bit<32> src;
    bit<32> dst;
}
header result_t {
    bit<8> as_before;
}
struct headers_t {
    result_t result;
    ethernet_t ethernet;
    ipv4_t ipv4;
}
struct metadata_t { }
parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        packet.extract(hdr.ipv4);
        transition select(hdr.ipv4.tos) {
            1: until_short;
            default: accept;
        }
    }
    state until_short {
        hdr.ipv4.src = hdr.ipv4.src + 1;
        packet.advance(8);
        transition until_short;
    }
}
control V(inout headers_t hdr, inout metadata_t meta) {
    apply { }
}
control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    register<bit<32>>(1) last;
    apply {
        bit<32> before;
        bit<32> now = swerve_flow_hash();
        last.read(before, 0);
        last.write(0, now);
        hdr.result.setValid();
        hdr.result.as_before = now == before ? 8w1 : 0;
        std.egress_spec = 1;
    }
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply { }
}
control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr);
    }
}
V1Switch(P(), V(), I(), E(), V(), D()) main;
