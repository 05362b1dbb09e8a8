// error: a value set of another type than the select, 13.6
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    value_set<bit<16>>(4) vs;
    state start {
        transition select(x) {
            vs: accept;
            default: reject;
        }
    }
}
