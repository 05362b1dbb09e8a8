// error: action data cannot be bound in the list, 14.2.1.2
#include <core.p4>
control c(inout bit<8> x) {
    action a(inout bit<8> z, bit<8> v) { z = v; }
    table t {
        key = { x: exact; }
        actions = { a(x, 3); }
    }
    apply { t.apply(); }
}
