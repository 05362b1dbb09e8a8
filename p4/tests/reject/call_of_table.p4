// error: a table is applied, not called, 14.2.2
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply { t(); }
}
