// error: a directionless parameter of a function-like extern needs a compile-time value, 6.8
#include <core.p4>
extern void f(bit<8> n);
control c(in bit<8> x) {
    apply { f(x); }
}
