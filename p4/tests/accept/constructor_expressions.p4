// Expressions of constructor parameters are compile-time known (15, 18.1).
#include <core.p4>
control d(inout bit<8> x)(bit<8> n, bool flag) {
    apply { x = flag ? n : n + 1; }
}
control e(inout bit<8> x)(bit<8> n) {
    d(n * 2 + 1, n > 4) inner;
    apply { inner.apply(x); }
}
control c(inout bit<8> x) {
    e(3) small;
    e(30) large;
    apply {
        small.apply(x);
        large.apply(x);
    }
}
