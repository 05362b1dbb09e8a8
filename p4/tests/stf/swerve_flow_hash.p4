// The flow is the one that the packet came in with, whatever the program has made of its addresses (swerve.p4).
#include <swerve.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
header ipv4_t { bit<72> begin; bit<8> protocol; bit<16> checksum; bit<32> src; bit<32> dst; }
header udp_t { bit<16> src; bit<16> dst; bit<32> rest; }
header result_t { bit<8> some; bit<8> same; bit<8> later; }
struct H { result_t result; ethernet_t ethernet; ipv4_t ipv4; udp_t udp; }
struct M { }
parser P(packet_in p, out H h, inout M m, inout standard_metadata_t s) {
    state start { p.extract(h.ethernet); p.extract(h.ipv4); p.extract(h.udp); transition accept; }
}
control V(inout H h, inout M m) { apply { } }
control I(inout H h, inout M m, inout standard_metadata_t s) {
    apply {
        bit<32> first = swerve_flow_hash();
        h.ipv4.src = 0;
        bit<32> second = swerve_flow_hash();
        if (h.udp.dst == 53) {
            h.udp.src = 7;
        }
        h.ipv4.dst = 0x01020304;
        bit<32> third = swerve_flow_hash();
        h.result.setValid();
        h.result.some = first != 0 ? 8w1 : 0;
        h.result.same = first == second ? 8w1 : 0;
        h.result.later = first == third ? 8w1 : 0;
        s.egress_spec = 1;
    }
}
control E(inout H h, inout M m, inout standard_metadata_t s) { apply { } }
control D(packet_out p, in H h) { apply { p.emit(h); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
