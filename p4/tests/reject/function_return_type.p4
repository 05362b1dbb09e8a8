// error: the value returned has another type, 12.4
#include <core.p4>
bit<8> f(in bit<16> x) { return x; }
