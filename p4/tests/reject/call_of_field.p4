// error: a field cannot be called, 8.22
#include <core.p4>
struct S { bit<8> a; }
control c(inout S s) {
    apply { s.a(1); }
}
