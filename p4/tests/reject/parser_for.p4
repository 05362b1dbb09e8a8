// error: for is not among the statements of a parser, 13.4
#include <core.p4>
parser p(packet_in b, inout bit<8> x) {
    state start {
        for (bit<8> i = 0; i < 3; i += 1) { x = x + 1; }
        transition accept;
    }
}
