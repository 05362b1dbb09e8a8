// error: ... must be last, 8.28
#include <core.p4>
struct S { bit<8> a; bit<8> b; }
const S s = { ..., b = 2 };
