// A key of a hidden table needs no name, whatever it is (18.3.2): what is in the table is in the program.
#include <core.p4>
#include <v1model.p4>
header h_t {
    bit<8> a;
    bit<8> b;
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
    action set(bit<8> value) {
        hdr.h.b = value;
    }
    @hidden table doubled {
        const entries = {
            6: set(0x11);
            8: set(0x22);
        }
        key = {
            hdr.h.a + hdr.h.a: exact;
        }
        actions = {
            set;
            NoAction;
        }
    }
    table open {
        key = {
            hdr.h.b ^ 0xff: ternary @hidden;
            hdr.h.a: exact;
        }
        actions = {
            set;
            NoAction;
        }
        const entries = {
            (0xff &&& 0xf0, 9): set(0x33);
        }
    }
    apply {
        sm.egress_spec = 1;
        doubled.apply();
        open.apply();
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
