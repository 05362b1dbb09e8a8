// error: a table whose control is asked for more entries than there is room for
#include <core.p4>
#include <v1model.p4>
struct H { }
struct M { bit<8> x; }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) { state start { transition accept; } }
control V(inout H h, inout M m) { apply { } }
control C(inout M m)(bit<64> entries) {
    table t {
        key = { m.x: exact; }
        actions = { NoAction; }
        size = entries;
    }
    apply { t.apply(); }
}
control I(inout H h, inout M m, inout standard_metadata_t s) {
    C(1024) small;
    C(16777217) large;
    apply { small.apply(m); large.apply(m); }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
