// error: reject is not for the programmer to define, 13.2
#include <core.p4>
parser p(packet_in b) {
    state start { transition reject; }
    state reject { transition accept; }
}
