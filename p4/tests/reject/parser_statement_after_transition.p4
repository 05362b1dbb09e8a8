// error: a transition is the last statement of a state, 13.5
#include <core.p4>
parser p(packet_in b, inout bit<8> x) {
    state start {
        transition accept;
        x = 1;
    }
}
