// error: a control cannot call a parser, F
#include <core.p4>
parser p(packet_in b) {
    state start { transition accept; }
}
control c(packet_in b) {
    apply { p.apply(b); }
}
