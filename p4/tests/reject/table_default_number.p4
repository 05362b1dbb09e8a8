// error: the default action is an action, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        default_action = 5;
    }
    apply { t.apply(); }
}
