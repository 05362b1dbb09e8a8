// error: a label with more components than the select, 13.6
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        transition select(x) {
            (1, 2): accept;
            default: reject;
        }
    }
}
