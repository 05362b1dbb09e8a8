// error: a structure without the field that is used, 8.17
#include <core.p4>
struct S { bit<8> a; }
control c(inout S s) {
    apply { s.b = 1; }
}
