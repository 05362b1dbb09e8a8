// error: no control application in an action, 14.1
#include <core.p4>
control d(inout bit<8> x) { apply { } }
control c(inout bit<8> x) {
    d() inst;
    action a() { inst.apply(x); }
    apply { a(); }
}
