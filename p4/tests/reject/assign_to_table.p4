// error: a table is no l-value, 6.7
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply { t = 1; }
}
