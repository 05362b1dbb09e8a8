// error: a function returns a value on every path, 10
#include <core.p4>
bit<8> f(in bit<8> x) { }
