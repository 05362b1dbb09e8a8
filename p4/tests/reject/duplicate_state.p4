// error: a parser may not define two states of one name, 13.2
#include <core.p4>
parser p(packet_in b, inout bit<8> x) {
    state start { transition next; }
    state next { transition accept; }
    state next { transition reject; }
}
