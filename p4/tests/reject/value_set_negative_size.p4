// error: a value set cannot have a negative size, 13.11
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    value_set<bit<8>>(0 - 4) vs;
    state start {
        transition select(x) {
            vs: accept;
            default: reject;
        }
    }
}
