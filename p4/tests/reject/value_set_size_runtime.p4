// error: the size of a value set is known at compile time, 13.11
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    value_set<bit<8>>(x) vs;
    state start {
        transition select(x) {
            vs: accept;
            default: reject;
        }
    }
}
