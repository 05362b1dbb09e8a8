// error: no tables in a parser, 13.2
#include <core.p4>
parser p(packet_in b, inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    state start { transition accept; }
}
