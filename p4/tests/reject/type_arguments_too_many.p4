// error: too many type arguments, 7.2.12
#include <core.p4>
struct S<T> { T f; }
control c(in S<bit<8>, bool> s) {
    apply { }
}
