// error: the first argument of verify is a bool, 13.7
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        verify(x, error.NoMatch);
        transition accept;
    }
}
