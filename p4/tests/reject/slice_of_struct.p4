// error: a slice of a structure, 8.17
#include <core.p4>
struct S { bit<8> a; }
control c(in S s, out bit<1> y) {
    apply { y = s[0:0]; }
}
