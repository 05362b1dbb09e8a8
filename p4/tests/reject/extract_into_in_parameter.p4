// error: extract needs an l-value, 13.8.1
#include <core.p4>
header H { bit<8> a; }
parser p(packet_in b, in H h) {
    state start {
        b.extract(h);
        transition accept;
    }
}
