// error: two headers are compared only if they have the same type, 8.18
#include <core.p4>
header S { bit<8> a; }
header T { bit<8> a; }
control c(in S x, in T y, out bool r) {
    apply { r = x == y; }
}
