// error: the count of push_front is known at compile time, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s, in bit<8> n) {
    apply { s.push_front(n); }
}
