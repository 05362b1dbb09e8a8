// error: the argument of advance is a bit<32>, 13.8.4
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        b.advance(x);
        transition accept;
    }
}
