// error: structures are assigned only with the same type, 8.17
#include <core.p4>
struct S { bit<8> a; }
struct T { bit<8> a; }
control c(inout S s, in T t) {
    apply { s = t; }
}
