// error: a constant cannot use itself, 6.6.1
#include <core.p4>
const bit<8> A = A + 1;
