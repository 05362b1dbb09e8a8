// error: the default action has all its action data, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x) {
    action a(bit<8> v) { x = v; }
    table t {
        key = { x: exact; }
        actions = { a; }
        default_action = a();
    }
    apply { t.apply(); }
}
