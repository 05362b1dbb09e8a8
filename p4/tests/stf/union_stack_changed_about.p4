// Elements of a stack of unions that change places; the first becomes invalid before its fields are read.
#include <core.p4>
#include <v1model.p4>
header h0_t { bit<8> f0; bit<16> g; }
header h1_t { bit<16> f0; }
header_union u_t { h0_t a; h1_t b; }
struct Headers { h0_t a0; h1_t a1; u_t[2] us; }
struct Meta { }
u_t[2] coupled(in u_t one, in u_t two) { u_t[2] us; us[0] = one; us[1] = two; return us; }
parser P(packet_in packet, out Headers hdr, inout Meta meta, inout standard_metadata_t sm) {
    state start {
        packet.extract(hdr.a0);
        hdr.us[0].a = packet.lookahead<h0_t>();
        hdr.us = coupled(hdr.us[(hdr.a1.f0 + 1)], hdr.us[0]);
        transition s1;
    }
    state s1 { packet.extract(hdr.a1); transition accept; }
}
control V(inout Headers hdr, inout Meta meta) { apply {} }
control I(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) { apply { sm.egress_spec = 1; } }
control E(inout Headers hdr, inout Meta meta, inout standard_metadata_t sm) { apply {} }
control D(packet_out packet, in Headers hdr) { apply { packet.emit(hdr.a0); packet.emit(hdr.a1); packet.emit(hdr.us); } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
