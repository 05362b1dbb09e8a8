// error: a transition to a state that does not exist, 13.5
#include <core.p4>
parser p(packet_in b) {
    state start { transition nowhere; }
}
