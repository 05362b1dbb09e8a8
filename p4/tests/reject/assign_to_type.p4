// error: a type is no l-value, 6.7
#include <core.p4>
struct S { bit<8> a; }
control c(inout bit<8> x) {
    apply { S = x; }
}
