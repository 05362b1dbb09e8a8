// Arrays of values that are not headers (7.2.3, 8.19).
#include <core.p4>
struct S { bit<8>[4] a; }
control c(inout S s, in bit<2> i, out bit<8> x) {
    apply {
        bit<8>[4] t = s.a;
        x = t[i];
        s.a[0] = x;
        s.a = t;
    }
}
