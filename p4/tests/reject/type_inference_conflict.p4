// error: one type variable bound to two types, 8.22
#include <core.p4>
extern void same<T>(in T a, in T b);
control c(in bit<8> x, in bool y) {
    apply { same(x, y); }
}
