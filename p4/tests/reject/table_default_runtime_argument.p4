// error: action data of a default action is known at compile time, 14.1.1
#include <core.p4>
control c(inout bit<8> x) {
    action a(bit<8> v) { x = v; }
    table t {
        key = { x: exact; }
        actions = { a; }
        default_action = a(x);
    }
    apply { t.apply(); }
}
