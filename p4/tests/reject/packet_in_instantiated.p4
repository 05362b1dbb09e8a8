// error: packet_in cannot be instantiated, 13.8
#include <core.p4>
parser p(packet_in b) {
    packet_in() mine;
    state start { transition accept; }
}
