// error: a parser cannot apply a table, F
#include <core.p4>
parser p(packet_in b, inout bit<8> x) {
    state start {
        t.apply();
        transition accept;
    }
}
