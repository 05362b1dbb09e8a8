// error: a select case to a state that does not exist, 13.6
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        transition select(x) {
            1: nowhere;
            default: accept;
        }
    }
}
