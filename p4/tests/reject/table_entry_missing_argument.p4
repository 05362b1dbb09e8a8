// error: the action of an entry has all its arguments, 14.2.1.4
#include <core.p4>
control c(inout bit<8> x) {
    action a(bit<8> v) { x = v; }
    table t {
        key = { x: exact; }
        actions = { a; NoAction; }
        default_action = NoAction();
        const entries = {
            1: a();
        }
    }
    apply { t.apply(); }
}
