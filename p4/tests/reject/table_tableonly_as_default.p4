// error: a @tableonly action is never the default, 20.3.2
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        key = { x: exact; }
        actions = { @tableonly a; NoAction; }
        default_action = a();
    }
    apply { t.apply(); }
}
