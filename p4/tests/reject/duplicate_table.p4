// error: two tables of one name in one control, 6.6.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
