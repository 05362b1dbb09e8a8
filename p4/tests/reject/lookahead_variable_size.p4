// error: lookahead needs a type of fixed width, 13.8.3
#include <core.p4>
header H { varbit<8> v; }
parser p(packet_in b, out H h) {
    state start {
        h = b.lookahead<H>();
        transition accept;
    }
}
