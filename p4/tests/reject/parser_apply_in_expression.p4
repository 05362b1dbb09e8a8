// error: the apply of a parser has no value, 13.10
#include <core.p4>
parser q(packet_in b) {
    state start { transition accept; }
}
parser p(packet_in b, out bit<8> x) {
    q() inst;
    state start {
        x = inst.apply(b);
        transition accept;
    }
}
