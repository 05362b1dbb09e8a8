// error: duplicated table properties are invalid, 14.2
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        size = 4;
        size = 8;
    }
    apply { t.apply(); }
}
