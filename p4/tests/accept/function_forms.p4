// Functions: void, generic, of structures, with every direction (10).
#include <core.p4>
struct S<T> { T a; }
void nothing() { }
void early(inout bit<8> x) {
    if (x == 0) { return; }
    x = 1;
}
bit<8> branches(in bit<8> x) {
    if (x == 0) {
        return 1;
    } else if (x == 1) {
        return 2;
    } else {
        switch (x) {
            2: { return 5; }
            default: { return 6; }
        }
    }
}
T first<T, U>(in T a, in U b) { return a; }
Header same<Header>(in Header h) { Header copy = h; return copy; }
Table other<X, Table>(in X x, in Table t) { return t; }
S<bit<8>> wrap(in bit<8> x) { return { a = x }; }
tuple<bit<8>, bool> both(in bit<8> x) { return { x, true }; }
header H { bit<8> a; }
H make(in bit<8> x, out bool done) {
    done = true;
    return { x };
}
control c(inout bit<8> x) {
    apply {
        nothing();
        early(x);
        x = branches(x) + first(x, true) + first<bit<8>, bool>(x, false);
        x = wrap(x).a + both(x)[0];
        bool d;
        x = make(x, d).a + same(x) + other(d, x);
    }
}
