// error: a control cannot instantiate a parser, 14
#include <core.p4>
parser p(packet_in b) {
    state start { transition accept; }
}
control c(packet_in b) {
    p() inst;
    apply { inst.apply(b); }
}
