// error: a type cannot name itself, 6.6.1
#include <core.p4>
typedef T T;
