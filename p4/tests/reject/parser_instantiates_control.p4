// error: a parser cannot instantiate a control, 13.2
#include <core.p4>
control c(inout bit<8> x) { apply { } }
parser p(packet_in b, inout bit<8> x) {
    c() inst;
    state start { transition accept; }
}
