// Default values by position and by name (6.8).
#include <core.p4>
extern void f(in bit<8> a, in bit<3> b = 2, in bit<5> c);
extern void h(in bit<32> a, in bool b = true);
control c() {
    apply {
        f(a = 1, b = 2, c = 3);
        f(a = 1, c = 3);
        f(1, 2, 3);
        h(10);
        h(a = 10);
        h(10, false);
        h(b = false, a = 10);
    }
}
