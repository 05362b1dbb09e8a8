// error: ++ is not defined on a new type, 8.25
#include <core.p4>
type bit<8> T;
control c(in T a, out bit<16> x) {
    apply { x = a ++ a; }
}
