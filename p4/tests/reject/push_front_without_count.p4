// error: push_front takes a count, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s) {
    apply { s.push_front(); }
}
