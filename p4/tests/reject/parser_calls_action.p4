// error: an action cannot be called from a parser, F
#include <core.p4>
action a(inout bit<8> x) { x = 1; }
parser p(packet_in b, inout bit<8> x) {
    state start {
        a(x);
        transition accept;
    }
}
