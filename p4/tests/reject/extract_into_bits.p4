// error: extract needs a header, 13.8.1
#include <core.p4>
parser p(packet_in b, out bit<8> x) {
    state start {
        b.extract(x);
        transition accept;
    }
}
