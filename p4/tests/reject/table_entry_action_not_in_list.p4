// error: the action of an entry is one of the actions, 14.2.1.4
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        const entries = {
            1: a();
        }
    }
    apply { t.apply(); }
}
