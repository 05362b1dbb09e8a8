// error: default_action comes after actions, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        key = { x: exact; }
        default_action = a();
        actions = { a; }
    }
    apply { t.apply(); }
}
