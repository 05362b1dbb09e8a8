// error: largest_priority_wins is a bool, 14.2.1.4.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: ternary; }
        actions = { NoAction; }
        largest_priority_wins = 1;
    }
    apply { t.apply(); }
}
