// error: the structure has no such field, 8.14
#include <core.p4>
struct S { bit<8> a; }
const S s = { a = 1, z = 2 };
