// error: a label with fewer components than the select, 13.6
#include <core.p4>
parser p(packet_in b, in bit<8> x, in bit<8> y) {
    state start {
        transition select(x, y, x) {
            (1, 2): accept;
            default: reject;
        }
    }
}
