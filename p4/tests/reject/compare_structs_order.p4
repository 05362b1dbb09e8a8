// error: < is not defined on structures, 8.17
#include <core.p4>
struct S { bit<8> a; }
control c(in S x, in S y, out bool r) {
    apply { r = x < y; }
}
