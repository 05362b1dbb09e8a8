// error: priority_delta is positive, 14.2.1.4.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: ternary; }
        actions = { NoAction; }
        priority_delta = 0;
        entries = {
            1 &&& 1: NoAction();
        }
    }
    apply { t.apply(); }
}
