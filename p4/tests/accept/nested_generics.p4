// Closing angle brackets may touch (8).
#include <core.p4>
struct S<T> { T f; }
struct P<A, B> { A a; B b; }
struct Deep {
    S<S<S<bit<8>>>> x;
    P<S<bit<8>>, P<bit<8>, S<bit<16>>>> y;
    tuple<bit<8>, tuple<bit<8>, bit<8>>> z;
}
const S<S<bit<8>>> c = { { 5 } };
control k(inout bit<8> x, in bit<8> y) {
    apply {
        x = x >> 1;
        x = x >> (y >> 1);
    }
}
