// error: `type` is restricted to bits, ints and bool, 7.6
#include <core.p4>
struct S { bit<8> a; }
type S T;
