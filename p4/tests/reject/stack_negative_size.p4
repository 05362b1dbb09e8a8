// error: the size of a stack is positive, 7.2.4
#include <core.p4>
header H { bit<8> a; }
struct S { H[-1] s; }
