// error: a parser cannot call a control, F
#include <core.p4>
control c(inout bit<8> x) { apply { } }
parser p(packet_in b, inout bit<8> x) {
    state start {
        c.apply(x);
        transition accept;
    }
}
