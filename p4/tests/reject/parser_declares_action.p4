// error: no actions in a parser, 13.2
#include <core.p4>
parser p(packet_in b) {
    action a() { }
    state start { transition accept; }
}
