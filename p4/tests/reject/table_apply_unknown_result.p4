// error: the result of apply has hit, miss and action_run, 14.2.2
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply {
        if (t.apply().found) { x = 1; }
    }
}
