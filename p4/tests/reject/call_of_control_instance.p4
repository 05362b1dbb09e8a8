// error: a control is applied, not called, 14.4
#include <core.p4>
control d(inout bit<8> x) { apply { } }
control c(inout bit<8> x) {
    d() inst;
    apply { inst(x); }
}
