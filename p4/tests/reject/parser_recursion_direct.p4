// error: a parser cannot apply itself, F
#include <core.p4>
parser p(packet_in b) {
    state start {
        p.apply(b);
        transition accept;
    }
}
