// error: too few arguments of apply, 14.4
#include <core.p4>
control d(inout bit<8> x, inout bit<8> y) {
    apply { x = y; }
}
control c(inout bit<8> x) {
    d() inst;
    apply { inst.apply(x); }
}
