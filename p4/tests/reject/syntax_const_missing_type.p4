// error: a constant needs a type, 11.1
#include <core.p4>
const A = 1;
