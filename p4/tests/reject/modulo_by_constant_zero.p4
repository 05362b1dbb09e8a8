// error: modulo by a constant zero, 8.9
#include <core.p4>
const int A = 5 % (3 - 3);
