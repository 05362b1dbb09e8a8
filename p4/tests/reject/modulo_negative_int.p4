// error: modulo of negative values is illegal, 8.9
#include <core.p4>
const int A = 5 % -2;
