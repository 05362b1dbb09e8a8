// Additional properties whose values are actions (14.2.1.6): other architectures have them.
#include <core.p4>
control c(inout bit<8> x) {
    action set(bit<8> y) { x = y; }
    action add(inout bit<8> z, bit<8> y) { z = z + y; }
    table t {
        key = { x: exact; }
        actions = { set; add(x); }
        empty_group_action = set(3);
        const other_action = add(x, 1);
        third_action = NoAction();
        fourth_action = set;
    }
    apply { t.apply(); }
}
