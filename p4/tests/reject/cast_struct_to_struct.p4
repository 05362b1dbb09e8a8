// error: a structure cannot be cast to another, 8.12.1
#include <core.p4>
struct S { bit<8> a; }
struct T { bit<8> a; }
control c(in S s, out T t) {
    apply { t = (T)s; }
}
