// error: one name for a function and a type, 6.6.1
#include <core.p4>
struct f { bit<8> a; }
bit<8> f(in bit<8> a) { return a; }
