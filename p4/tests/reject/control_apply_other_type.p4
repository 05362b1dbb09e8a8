// error: an inout argument of another type, 14.4
#include <core.p4>
control d(inout bit<16> x) { apply { } }
control c(inout bit<8> x) {
    d() inst;
    apply { inst.apply(x); }
}
