// error: a field initialised with another type, 8.14
#include <core.p4>
struct S { bit<8> a; bool b; }
const S s = { a = 1, b = 2 };
