// error: a returned structure names every field, 8.14
#include <core.p4>
struct S { bit<8> a; bit<8> b; }
S f() { return { a = 1 }; }
