// error: a tuple expression with too few elements for the structure, 8.13
#include <core.p4>
struct S { bit<8> a; bit<8> b; }
const S s = { 1 };
