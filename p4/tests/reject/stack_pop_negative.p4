// error: the count of pop_front is positive, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s) {
    apply { s.pop_front(-1); }
}
