// error: stacks are compared only with equal length, 8.20
#include <core.p4>
header H { bit<8> a; }
control c(in H[2] x, in H[3] y, out bool r) {
    apply { r = x == y; }
}
