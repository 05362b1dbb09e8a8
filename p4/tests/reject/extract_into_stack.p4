// error: extract needs a header, not a whole stack, 13.8.1
#include <core.p4>
header H { bit<8> a; }
parser p(packet_in b, out H[2] s) {
    state start {
        b.extract(s);
        transition accept;
    }
}
