// error: a transition goes to a state, 13.5
#include <core.p4>
parser p(packet_in b) {
    bit<8> x;
    state start { transition x; }
}
