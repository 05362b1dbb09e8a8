// error: constructor arguments are known at compile time, 15
#include <core.p4>
control d(inout bit<8> x)(bit<8> n) {
    apply { x = n; }
}
control c(inout bit<8> x) {
    d(x) inst;
    apply { inst.apply(x); }
}
