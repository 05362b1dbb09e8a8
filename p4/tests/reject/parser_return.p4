// error: return is not allowed in a parser, 12.4
#include <core.p4>
parser p(packet_in b) {
    state start {
        return;
        transition accept;
    }
}
