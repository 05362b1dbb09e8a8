// error: action_run must be the entire switch expression, 12.5
#include <core.p4>
control c(inout bit<8> x) {
    action a() { }
    table t {
        key = { x: exact; }
        actions = { a; }
        default_action = a();
    }
    apply {
        if (t.apply().action_run == a) { x = 1; }
    }
}
