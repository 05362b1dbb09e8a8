// error: an action has no value, 14.1
#include <core.p4>
control c(inout bit<8> x) {
    action a() { }
    apply { x = a(); }
}
