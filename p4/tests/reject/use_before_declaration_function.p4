// error: a function called before its declaration, 6.6.1
#include <core.p4>
bit<8> f(in bit<8> x) { return g(x); }
bit<8> g(in bit<8> x) { return x; }
