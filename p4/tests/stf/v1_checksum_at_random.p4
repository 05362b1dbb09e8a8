// Checksums that are random numbers are of one sequence with the others: they come packet by packet.
#include <core.p4>
#include <v1model.p4>
header h_t {
    bit<8> group;
    bit<8> member;
    bit<32> random;
    bit<16> sum;
}
struct headers_t {
    h_t h;
}
struct metadata_t { }
parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control V(inout headers_t hdr, inout metadata_t meta) {
    apply { }
}
control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    action is(bit<8> member) {
        hdr.h.member = member;
    }
    table choose {
        key = {
            hdr.h.group : exact;
        }
        actions = {
            is;
        }
        default_action = is(0);
    }
    apply {
        std.egress_spec = 1;
        random(hdr.h.random, 0, 0xffffffff);
        choose.apply();
    }
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply { }
}
control C(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(true, { hdr.h.group }, hdr.h.sum, HashAlgorithm.random);
    }
}
control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.h);
    }
}
V1Switch(P(), V(), I(), E(), C(), D()) main;
