// error: an entry has the types of the keys, 14.2.1.4
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        const entries = {
            16w1: NoAction();
        }
    }
    apply { t.apply(); }
}
