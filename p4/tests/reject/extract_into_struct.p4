// error: extract needs a header, 13.8.1
#include <core.p4>
struct S { bit<8> a; }
parser p(packet_in b, out S s) {
    state start {
        b.extract(s);
        transition accept;
    }
}
