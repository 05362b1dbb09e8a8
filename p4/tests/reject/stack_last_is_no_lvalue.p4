// error: last is never an l-value, 8.20
#include <core.p4>
header H { bit<8> a; }
parser p(packet_in b, out H[2] s) {
    state start {
        b.extract(s.next);
        s.last.a = 1;
        transition accept;
    }
}
