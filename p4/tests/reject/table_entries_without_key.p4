// error: no entries for a table without a key, 14.2.1.4
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        actions = { a; }
        default_action = a();
        const entries = {
            1: a();
        }
    }
    apply { t.apply(); }
}
