// error: a table applied in a control declared before it, 6.10
#include <core.p4>
control c(inout bit<8> x) {
    apply { t.apply(); }
}
control d(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
