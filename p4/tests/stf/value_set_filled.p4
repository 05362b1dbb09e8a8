// Value sets that a test fills (12.14): of one key, of several with their match kinds, and of a serializable enum.
#include <core.p4>
#include <v1model.p4>
enum bit<8> Kind {
    NONE = 0,
    DATA = 1
}
struct range_t {
    @match(range) bit<8> lo;
    @match(ternary) bit<8> flags;
    bit<8> id;
}
header h_t {
    Kind kind;
    bit<8> a;
    bit<8> b;
    bit<8> c;
    bit<8> result;
}
struct H {
    h_t h;
}
struct M {
}
parser P(packet_in packet, out H hdr, inout M meta, inout standard_metadata_t sm) {
    value_set<bit<8>>(2) numbers;
    value_set<range_t>(4) several;
    value_set<Kind>(2) kinds;
    state start {
        packet.extract(hdr.h);
        transition select(hdr.h.a) {
            numbers: one;
            default: look;
        }
    }
    state one {
        hdr.h.result = 1;
        transition accept;
    }
    state look {
        transition select(hdr.h.a, hdr.h.b, hdr.h.c) {
            several: two;
            default: last;
        }
    }
    state two {
        hdr.h.result = 2;
        transition accept;
    }
    state last {
        transition select(hdr.h.kind) {
            kinds: three;
            default: accept;
        }
    }
    state three {
        hdr.h.result = 3;
        transition accept;
    }
}
control V(inout H hdr, inout M meta) {
    apply {
    }
}
control I(inout H hdr, inout M meta, inout standard_metadata_t sm) {
    apply {
        sm.egress_spec = 1;
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
