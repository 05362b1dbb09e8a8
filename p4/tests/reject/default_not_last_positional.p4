// error: positional arguments cannot skip a parameter with a default value, 6.8
#include <core.p4>
extern void f(in bit<8> a, in bit<8> b = 2, in bit<16> c);
control c() {
    apply { f(1, 3); }
}
