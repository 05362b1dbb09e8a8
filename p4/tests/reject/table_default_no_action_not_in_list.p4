// error: a default action that is written is one of the list, NoAction too, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        key = { x: exact; }
        actions = { a; }
        default_action = NoAction();
    }
    apply { t.apply(); }
}
