// error: paths that no entry can lead to (swerve.p4)
#include <swerve.p4>
header h_t { bit<32> a; bit<16> b; }
struct H { h_t h; }
struct M { }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) { state start { p.extract(h.h); transition accept; } }
control V(inout H h, inout M m) { apply { } }
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { p.emit(h.h); } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    action forward(swerve_path_t path) { s.egress_spec = (bit<9>)path; }
    protection_group(16) groups;
    table t { key = { h.h.a: selector; } actions = { forward; } default_action = forward(1); implementation = groups; }
    apply { t.apply(); }
}
V1Switch(P(), V(), I(), E(), V(), D()) main;
