// error: the first argument of a sub-parser is the packet, 13.10
#include <core.p4>
parser q(packet_in b, out bit<8> x) {
    state start { x = 1; transition accept; }
}
parser p(packet_in b, out bit<8> x) {
    q() inst;
    state start {
        inst.apply(x, x);
        transition accept;
    }
}
