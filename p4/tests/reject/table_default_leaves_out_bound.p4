// error: the default action repeats what is bound in the list, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x) {
    action a(in bit<8> q) { x = q; }
    table t {
        key = { x: exact; }
        actions = { a(x); }
        default_action = a();
    }
    apply { t.apply(); }
}
