// error: nothing tells the type of lookahead, 13.8.3
#include <core.p4>
parser p(packet_in b) {
    state start {
        b.lookahead();
        transition accept;
    }
}
