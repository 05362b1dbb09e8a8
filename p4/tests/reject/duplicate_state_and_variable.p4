// error: states and local elements share one namespace, 13.2
#include <core.p4>
parser p(packet_in b) {
    bit<4> t;
    state start {
        t = 1;
        transition t;
    }
    state t { transition accept; }
}
