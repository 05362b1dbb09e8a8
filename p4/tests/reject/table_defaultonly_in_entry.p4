// error: a @defaultonly action is never in the table, 20.3.2
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        key = { x: exact; }
        actions = { @defaultonly a; NoAction; }
        default_action = a();
        const entries = {
            1: a();
        }
    }
    apply { t.apply(); }
}
