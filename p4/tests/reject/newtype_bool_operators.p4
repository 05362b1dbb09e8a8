// error: && is not defined on a new type, 8.25
#include <core.p4>
type bool T;
control c(in T a, in T b, out bool r) {
    apply { r = a && b; }
}
