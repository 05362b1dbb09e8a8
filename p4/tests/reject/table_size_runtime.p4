// error: the size of a table is known at compile time, 14.2.1.5
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        size = x;
    }
    apply { t.apply(); }
}
