// error: the actions of a list end in semicolons, 14.2.1.2
#include <core.p4>
control c(inout bit<8> x) {
    action a() { }
    table t {
        key = { x: exact; }
        actions = { a, NoAction }
    }
    apply { t.apply(); }
}
