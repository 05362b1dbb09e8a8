// error: both sides of &&& have the same type, 8.16.3
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        transition select(x) {
            8w1 &&& 16w1: accept;
            default: reject;
        }
    }
}
