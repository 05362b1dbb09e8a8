// One of several functions of a name is deprecated: only its calls are (20.3.8).
#include <core.p4>
@deprecated("give it a number")
extern void f();
extern void f(in bit<8> x);
@deprecated("no longer")
extern void f(in bit<8> x, in bit<8> y);
extern O {
    O();
    @deprecated("give it a number")
    void m();
    void m(in bit<8> x);
}
control c(inout bit<8> x) {
    O() o;
    apply {
        f();
        f(x);
        f(x, x);
        o.m();
        o.m(x);
    }
}
