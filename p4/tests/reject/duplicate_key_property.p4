// error: a table has one key property, 14.2
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        key = { x: ternary; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
