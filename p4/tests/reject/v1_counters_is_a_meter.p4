// The counters of a table are a direct_counter, no meter.
#include <v1model.p4>
struct H { }
struct M { bit<8> x; }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) { state start { transition accept; } }
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    direct_meter<bit<2>>(MeterType.bytes) coloured;
    table t {
        key = { m.x: exact; }
        actions = { NoAction; }
        counters = coloured;
    }
    apply { t.apply(); }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
