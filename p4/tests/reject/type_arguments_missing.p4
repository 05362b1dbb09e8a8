// error: a generic type needs its arguments, 7.2.12
#include <core.p4>
struct S<T> { T f; }
control c(in S s) {
    apply { }
}
