// The turns of all loops of a control count together (65,536 are too many), whether or not a table is between them.
#include <core.p4>
#include <v1model.p4>
header h_t {
    bit<8> a;
    bit<24> turns;
    bit<32> sum;
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
    action to(bit<9> port) {
        std.egress_spec = port;
    }
    table where {
        key = {
            hdr.h.a : exact;
        }
        actions = {
            to;
        }
        default_action = to(1);
    }
    apply {
        for (bit<24> i = 0; i < hdr.h.turns; i = i + 1) {
            hdr.h.sum = hdr.h.sum + 1;
        }
        where.apply();
        for (bit<24> i = 0; i < hdr.h.turns; i = i + 1) {
            hdr.h.sum = hdr.h.sum + 2;
        }
    }
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        for (bit<24> i = 0; i < hdr.h.turns; i = i + 1) {
            hdr.h.sum = hdr.h.sum + 4;
        }
    }
}
control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.h);
    }
}
V1Switch(P(), V(), I(), E(), V(), D()) main;
