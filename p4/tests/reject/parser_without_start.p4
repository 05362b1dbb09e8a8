// error: a parser has a state named start, 13.2
#include <core.p4>
parser p(packet_in b) {
    state begin { transition accept; }
}
