// error: a function is not an action, 14.2.1.2
#include <core.p4>
void f() { }
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { f; }
    }
    apply { t.apply(); }
}
