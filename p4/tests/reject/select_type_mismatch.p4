// error: a label of another type than the selected expression, 13.6
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        transition select(x) {
            16w1: accept;
            default: reject;
        }
    }
}
