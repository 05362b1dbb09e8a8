// error: the default action binds what the list has bound, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x, inout bit<8> y) {
    action a(inout bit<8> z, bit<8> v) { z = v; }
    table t {
        key = { x: exact; }
        actions = { a(x); }
        default_action = a(y, 3);
    }
    apply { t.apply(); }
}
