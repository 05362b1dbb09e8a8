// error: an operand is missing, 8
#include <core.p4>
const bit<8> A = 1 + * 2;
