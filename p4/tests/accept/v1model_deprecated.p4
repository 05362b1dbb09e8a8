// Deprecated forms of v1model are accepted with a warning.
#include <core.p4>
#include <v1model.p4>
struct H { }
struct M { bit<8> x; }
parser P(packet_in b, out H h, inout M m, inout standard_metadata_t s) {
    state start { transition accept; }
}
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    Checksum16() ck;
    apply {
        m.x = ck.get({ m.x, 8w1 })[7:0];
        clone3(CloneType.I2E, 5, { m.x });
        resubmit({ m.x });
        mark_to_drop();
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) {
    apply { recirculate({ m.x }); }
}
control C(inout H h, inout M m) { apply { } }
control D(packet_out b, in H h) { apply { } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
