// error: default values only for in and directionless parameters, 6.8
#include <core.p4>
extern void f(out bit<8> a = 1);
