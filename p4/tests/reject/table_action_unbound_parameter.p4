// error: a parameter with a direction is bound in the list, 14.2.1.2
#include <core.p4>
control c(inout bit<8> x) {
    action a(in bit<8> v) { x = v; }
    table t {
        key = { x: exact; }
        actions = { a; }
    }
    apply { t.apply(); }
}
