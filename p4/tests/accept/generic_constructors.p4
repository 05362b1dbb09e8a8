// Type arguments in instantiations and in constructor calls (7.2.12, 8.23).
#include <core.p4>
struct S<T> { T f; }
extern R<T, U> {
    R(T a, U b);
    T get();
}
extern K {
    K(bit<8> n);
}
control c(out bit<8> x)(K k) {
    R<bit<8>, S<bit<16>>>(3, { f = 5 }) r;
    apply { x = r.get(); }
}
control d(out bit<8> x) {
    c(K(n = 4)) inner;
    apply { inner.apply(x); }
}
