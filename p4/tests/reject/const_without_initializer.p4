// error: a constant needs an initializer, 11.1
#include <core.p4>
const bit<8> A;
