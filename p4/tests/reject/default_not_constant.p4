// error: a default value is known at compile time, 6.8
#include <core.p4>
extern bit<8> g();
extern void f(in bit<8> a = g());
