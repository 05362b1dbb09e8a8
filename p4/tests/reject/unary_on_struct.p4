// error: unary - is not defined on structures, 8.17
#include <core.p4>
struct S { bit<8> a; }
control c(inout S s) {
    apply { s = -s; }
}
