// error: the `{` of `apply` is missing: said once, 14
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t { actions = { a; } default_action = a; }
    apply
        t.apply();
        if (x == 1) { x = 2; }
    }
}
control d(inout bit<8> x) {
    apply if (x == 1) { x = 2; } }
}
