// error: two actions of one name in one control, 6.6.1
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    action a() { x = 2; }
    apply { a(); }
}
