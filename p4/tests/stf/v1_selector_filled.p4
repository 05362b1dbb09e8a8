// Members and groups that a test creates, and entries that lead to them (v1model: action_selector, action_profile).
#include <core.p4>
#include <v1model.p4>
header h_t {
    bit<8> to;
    bit<8> flow;
    bit<8> note;
}
struct H {
    h_t h;
}
struct M {
}
parser P(packet_in packet, out H hdr, inout M meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}
control V(inout H hdr, inout M meta) {
    apply {
    }
}
control I(inout H hdr, inout M meta, inout standard_metadata_t sm) {
    action_selector(HashAlgorithm.crc16, 16, 8) hops;
    action_profile(4) notes;
    action to(bit<9> port) {
        sm.egress_spec = port;
    }
    action drop() {
        mark_to_drop(sm);
    }
    action write(bit<8> value) {
        hdr.h.note = value;
    }
    table routes {
        key = {
            hdr.h.to: exact;
            hdr.h.flow: selector;
        }
        actions = {
            to;
            drop;
        }
        default_action = drop();
        implementation = hops;
    }
    table marks {
        key = {
            hdr.h.to: ternary;
        }
        actions = {
            write;
            NoAction;
        }
        implementation = notes;
    }
    apply {
        routes.apply();
        marks.apply();
    }
}
control E(inout H hdr, inout M meta, inout standard_metadata_t sm) {
    apply {
    }
}
control D(packet_out packet, in H hdr) {
    apply {
        packet.emit(hdr);
    }
}
V1Switch(P(), V(), I(), E(), V(), D()) main;
