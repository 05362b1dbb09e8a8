// error: a type where a value is needed, 8
#include <core.p4>
struct S { bit<8> a; }
control c(inout bit<8> x) {
    apply { x = S; }
}
