// error: a new type is no shift amount, 8.25
#include <core.p4>
type bit<8> T;
control c(in T a, inout bit<8> x) {
    apply { x = x << a; }
}
