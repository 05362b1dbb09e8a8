// error: no slices of a new type, 8.25
#include <core.p4>
type bit<8> T;
control c(in T a, out bit<4> x) {
    apply { x = a[3:0]; }
}
