// error: action data of entries is known at compile time, 14.1.1
#include <core.p4>
control c(inout bit<8> x) {
    action a(bit<8> v) { x = v; }
    table t {
        key = { x: exact; }
        actions = { a; NoAction; }
        default_action = NoAction();
        const entries = {
            1: a(x);
        }
    }
    apply { t.apply(); }
}
