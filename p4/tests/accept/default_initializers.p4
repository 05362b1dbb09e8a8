// The initializer ... alone and at the end (8.28).
#include <core.p4>
struct S {
    bit<32> b32;
    bool b;
}
enum int<8> N0 { one = 1, zero = 0, two = 2 }
enum N1 { A, B, C, F }
struct T {
    S s;
    N0 n0;
    N1 n1;
}
header H {
    bit<16> f1;
    bit<8> f2;
}
control c() {
    apply {
        N0 n0 = ...;
        N1 n1 = ...;
        S s0 = ...;
        S s1 = { 1, ... };
        S s2 = { b = true, ... };
        T t0 = ...;
        T t1 = { s = ..., ... };
        tuple<N0, N1> p = { ... };
        H h1 = ...;
        H h2 = { f2 = 5, ... };
        H h3 = { ... };
        H[3] hs = { { 1, 2 }, ... };
    }
}
