// error: if any entry has a priority the first one has, 14.2.1.4.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: ternary; }
        actions = { NoAction; }
        entries = {
            1 &&& 1: NoAction();
            priority = 5: 2 &&& 2: NoAction();
        }
    }
    apply { t.apply(); }
}
