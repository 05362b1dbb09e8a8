// error: a priority is not negative, 14.2.1.4.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: ternary; }
        actions = { NoAction; }
        entries = {
            priority = (-1): 1 &&& 1: NoAction();
        }
    }
    apply { t.apply(); }
}
