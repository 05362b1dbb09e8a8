// error: `type` is restricted to bits, ints and bool, 7.6
#include <core.p4>
header H { bit<8> a; }
type H T;
