// Only the default action has to come after something, the actions (14.2.1.3).
#include <core.p4>
control c(inout bit<8> x) {
    action set(bit<8> v) {
        x = v;
    }
    table t {
        size = 8;
        const entries = {
            1: set(2);
            3: NoAction();
        }
        actions = {
            set;
            NoAction;
        }
        default_action = set(1);
        key = {
            x: exact;
        }
    }
    apply {
        t.apply();
    }
}
