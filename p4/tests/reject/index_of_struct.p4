// error: a structure cannot be indexed, 8.17
#include <core.p4>
struct S { bit<8> a; }
control c(inout S s, inout bit<8> x) {
    apply { x = s[0]; }
}
