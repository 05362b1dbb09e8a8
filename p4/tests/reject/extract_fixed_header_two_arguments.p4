// error: two-argument extract needs exactly one varbit field, 13.8.2
#include <core.p4>
header H { bit<8> a; }
parser p(packet_in b, out H h) {
    state start {
        b.extract(h, 8);
        transition accept;
    }
}
