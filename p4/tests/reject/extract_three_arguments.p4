// error: extract takes one or two arguments, 13.8
#include <core.p4>
header H { varbit<8> v; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h, 8, 8);
        transition accept;
    }
}
