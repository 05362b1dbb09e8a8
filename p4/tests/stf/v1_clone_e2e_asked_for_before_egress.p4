// A clone behind egress that is asked for before it is not made: neither of a packet that goes to egress nor of its clone, which is
// parsed again.
#include <core.p4>
#include <v1model.p4>
header h_t {
    bit<8> a;
    bit<8> b;
}
struct headers_t {
    h_t h;
}
struct metadata_t { }
parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    state start {
        packet.extract(hdr.h);
        clone(CloneType.E2E, 6);
        transition accept;
    }
}
control V(inout headers_t hdr, inout metadata_t meta) {
    apply { }
}
control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        std.egress_spec = 1;
        clone(CloneType.I2E, 5);
    }
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t std) {
    apply {
        hdr.h.b = hdr.h.b + 1;
        if (hdr.h.a == 7 && std.instance_type == 0) {
            clone(CloneType.E2E, 7);
        }
    }
}
control D(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.h);
    }
}
V1Switch(P(), V(), I(), E(), V(), D()) main;
