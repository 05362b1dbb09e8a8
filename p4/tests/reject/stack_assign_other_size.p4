// error: stacks are assigned only with equal size, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(inout H[2] s, in H[3] t) {
    apply { s = t; }
}
