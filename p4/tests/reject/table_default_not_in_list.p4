// error: the default action is one of the actions, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    action b() { x = 2; }
    table t {
        key = { x: exact; }
        actions = { a; }
        default_action = b();
    }
    apply { t.apply(); }
}
