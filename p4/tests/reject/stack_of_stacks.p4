// error: nested header stacks are not supported, 7.2.4
#include <core.p4>
header H { bit<8> a; }
typedef H[2] S;
struct T { S[3] s; }
