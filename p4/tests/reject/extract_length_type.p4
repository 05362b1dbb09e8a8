// error: the length of a varbit is a bit<32>, 13.8.2
#include <core.p4>
header H { varbit<8> v; }
parser p(packet_in b, out H h, in bit<8> n) {
    state start {
        b.extract(h, n);
        transition accept;
    }
}
