// error: exit is not allowed in a parser, 12.5
#include <core.p4>
parser p(packet_in b) {
    state start {
        exit;
        transition accept;
    }
}
