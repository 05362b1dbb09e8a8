// The parser steps over as many bits as the packet has bytes. That ingress sets the length to whole bytes says nothing of
// what the switch told the parser.
#include <core.p4>
#include <v1model.p4>
header a_t { bit<8> x; }
struct H { a_t a; a_t b; }
struct M { bit<8> y; }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t sm) {
  state start { p.extract(h.a); p.advance(sm.packet_length); p.extract(h.b); transition accept; }
}
control V(inout H h, inout M m) { apply {} }
control I(inout H h, inout M m, inout standard_metadata_t sm) { apply { sm.egress_spec = 1; if (h.b.isValid() && h.b.x == 9) sm.packet_length = 64; } }
control E(inout H h, inout M m, inout standard_metadata_t sm) { apply { } }
control C(inout H h, inout M m) { apply {} }
control D(packet_out p, in H h) { apply { p.emit(h.a); p.emit(h.b);} }
V1Switch(P(), V(), I(), E(), C(), D()) main;
