// error: a constant index out of range, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s) {
    apply { s[-1].a = 1; }
}
