// error: a block that is not of the type that the package takes: why it is not, 15.1; a field of a stack, 8.18
#include <core.p4>
header h_t { bit<8> a; }
struct other_t { bit<8> a; }
struct hdr_t { h_t[2] s; }
control direction(packet_out pkt, inout hdr_t hdr) { apply { hdr.s.a = 1; } }
control number(in hdr_t hdr) { apply { } }
control type(packet_out pkt, in other_t hdr) { apply { } }
control Typed(packet_out pkt, in hdr_t hdr);
package P(Typed b);
P(direction()) one;
P(number()) two;
P(type()) main;
