// error: a transition ends in a semicolon, 13.5
#include <core.p4>
parser p(packet_in b) {
    state start { transition accept }
}
