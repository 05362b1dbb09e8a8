// error: two actions of one name in the actions of a table, 14.2.1.2
#include <core.p4>
action a() { }
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        key = { x: exact; }
        actions = { a; .a; }
    }
    apply { t.apply(); }
}
