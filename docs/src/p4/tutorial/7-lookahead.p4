// A calculator: a frame of type 0x1234 with "P4", an operation and two numbers comes back with the result.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> dst;
    bit<48> src;
    bit<16> type;
}

// ANCHOR: header
enum bit<8> operation_t {
    ADD      = 0x2b, // '+'
    SUBTRACT = 0x2d, // '-'
    AND      = 0x26, // '&'
    OR       = 0x7c, // '|'
    XOR      = 0x5e  // '^'
}

header calculation_t {
    bit<16>     magic;
    operation_t operation;
    bit<32>     left;
    bit<32>     right;
    bit<32>     result;
}
// ANCHOR_END: header

struct headers_t {
    ethernet_t    ethernet;
    calculation_t calculation;
}

struct metadata_t {}

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.type) {
            0x1234: maybe;
            default: accept;
        }
    }

    // ANCHOR: lookahead
    state maybe {
        // Looked at, not taken: what is not ours stays payload.
        transition select(packet.lookahead<bit<16>>()) {
            0x5034: calculation; // "P4"
            default: accept;
        }
    }
    // ANCHOR_END: lookahead

    state calculation {
        packet.extract(hdr.calculation);
        transition accept;
    }
}

control verify_sums(inout headers_t hdr, inout metadata_t meta) {
    apply {}
}

// ANCHOR: ingress
control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action answer(in bit<32> result) {
        hdr.calculation.result = result;
        bit<48> sender = hdr.ethernet.src;
        hdr.ethernet.src = hdr.ethernet.dst;
        hdr.ethernet.dst = sender;
        std.egress_spec = std.ingress_port;
    }

    apply {
        if (!hdr.calculation.isValid()) {
            mark_to_drop(std);
            exit;
        }
        bit<32> left = hdr.calculation.left;
        bit<32> right = hdr.calculation.right;
        switch (hdr.calculation.operation) {
            operation_t.ADD: { answer(left + right); }
            operation_t.SUBTRACT: { answer(left - right); }
            operation_t.AND: { answer(left & right); }
            operation_t.OR: { answer(left | right); }
            operation_t.XOR: { answer(left ^ right); }
            default: { mark_to_drop(std); }
        }
    }
}
// ANCHOR_END: ingress

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
