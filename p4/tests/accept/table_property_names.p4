// User properties named by contextual words (14.2).
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        type = 1;
        state = 2;
        priority = 3;
        apply = 4;
        default_action = NoAction;
    }
    apply { t.apply(); }
}
