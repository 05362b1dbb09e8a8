// error: ~ is not defined on arbitrary-precision integers, 8.12.3
#include <core.p4>
const bit<8> A = ~1;
