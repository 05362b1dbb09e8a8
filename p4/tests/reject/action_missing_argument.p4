// error: a direct call of an action supplies every argument, 14.1.1
#include <core.p4>
control c(inout bit<8> x) {
    action a(inout bit<8> y, bit<8> v) { y = v; }
    apply { a(x); }
}
