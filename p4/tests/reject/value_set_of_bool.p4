// error: a value set is of numbers, tuples, structures or serializable enums, 13.6
#include <core.p4>
parser p(packet_in b, in bool x) {
    value_set<bool>(4) vs;
    state start {
        transition select(x) {
            vs: accept;
            default: reject;
        }
    }
}
