// error: two-argument extract needs exactly one varbit field, 13.8.2
#include <core.p4>
header H { varbit<8> v; varbit<8> w; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h, 8);
        transition accept;
    }
}
