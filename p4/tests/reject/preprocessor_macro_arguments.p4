// error: a macro called with too few arguments, 6.2
#include <core.p4>
#define ADD(a, b) ((a) + (b))
const bit<8> A = ADD(1);
