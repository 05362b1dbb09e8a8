// error: the underscore is no name, 6.4.1
#include <core.p4>
const bit<8> _ = 1;
