// error: true is no bit-string, 13.6
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        transition select(x) {
            true: accept;
            default: reject;
        }
    }
}
