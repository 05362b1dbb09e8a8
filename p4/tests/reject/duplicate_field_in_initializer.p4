// error: a field given twice in a structure-valued expression, 8.14
#include <core.p4>
struct S { bit<8> a; bit<8> b; }
const S s = { a = 1, b = 2, a = 3 };
