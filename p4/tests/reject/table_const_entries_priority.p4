// error: no priorities in const entries, 14.2.1.4
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: ternary; }
        actions = { NoAction; }
        const entries = {
            priority = 1: 1 &&& 1: NoAction();
        }
    }
    apply { t.apply(); }
}
