// error: a value set is only a label, F
#include <core.p4>
parser p(packet_in b, inout bit<8> x) {
    value_set<bit<8>>(4) vs;
    state start {
        x = vs;
        transition accept;
    }
}
