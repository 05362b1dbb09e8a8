// error: fields belong to the elements of a stack, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s) {
    apply { s.a = 1; }
}
