// error: both ends of a range have the same type, 8.16.4
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        transition select(x) {
            8w1 .. 16w5: accept;
            default: reject;
        }
    }
}
