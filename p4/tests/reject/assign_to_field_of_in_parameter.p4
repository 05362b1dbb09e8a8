// error: in parameters are read-only, 6.8
#include <core.p4>
struct S { bit<8> a; }
control c(in S s) {
    apply { s.a = 1; }
}
