// error: parsers cannot be overloaded, 7.2.11.2
#include <core.p4>
parser p(packet_in b, out bit<8> x) {
    state start { x = 1; transition accept; }
}
parser p(packet_in b, out bit<16> x, in bit<8> y) {
    state start { x = 1; transition accept; }
}
