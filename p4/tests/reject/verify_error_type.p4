// error: the second argument of verify is an error, 13.7
#include <core.p4>
parser p(packet_in b, in bit<8> x) {
    state start {
        verify(x == 1, 5);
        transition accept;
    }
}
