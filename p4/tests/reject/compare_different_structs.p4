// error: two structures are compared only if they have the same type, 8.17
#include <core.p4>
struct S { bit<8> a; }
struct T { bit<8> a; }
control c(in S x, in T y, out bool r) {
    apply { r = x == y; }
}
