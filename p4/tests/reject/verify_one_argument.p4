// error: verify takes a condition and an error, 13.7
#include <core.p4>
parser p(packet_in b, in bool x) {
    state start {
        verify(x);
        transition accept;
    }
}
