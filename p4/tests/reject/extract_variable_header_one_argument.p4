// error: one-argument extract is for headers of fixed width, 13.8.1
#include <core.p4>
header H { varbit<8> v; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h);
        transition accept;
    }
}
