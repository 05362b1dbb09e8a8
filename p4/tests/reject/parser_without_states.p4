// error: a parser has at least one state, 13.2
#include <core.p4>
parser p(packet_in b) {
    bit<8> x;
}
