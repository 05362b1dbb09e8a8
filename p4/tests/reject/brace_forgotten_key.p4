// error: the `}` of a key and of a list of actions are missing: each said once, 14.2.1
#include <core.p4>
control c(inout bit<8> x) {
    action a(bit<8> v) { x = v; }
    table t {
        key = { x: exact;
        actions = { a; NoAction; }
        size = 16;
        default_action = NoAction();
    }
    table u {
        key = { x: exact; }
        actions = { a; NoAction;
        size = 16;
        default_action = NoAction();
    }
    apply { t.apply(); u.apply(); }
}
