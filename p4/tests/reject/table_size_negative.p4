// error: the size of a table is not negative
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        size = -1;
    }
    apply { t.apply(); }
}
