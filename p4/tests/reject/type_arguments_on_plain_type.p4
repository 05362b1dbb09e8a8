// error: type arguments for a type without parameters, 7.2.12
#include <core.p4>
struct S { bit<8> f; }
control c(in S<bit<8>> s) {
    apply { }
}
