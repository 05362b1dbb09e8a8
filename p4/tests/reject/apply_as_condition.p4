// error: the result of apply is a structure, not a bool, 14.2.2
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply {
        if (t.apply()) { x = 1; }
    }
}
