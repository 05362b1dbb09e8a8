// error: the operands of &&& are numeric, 8.16.3
#include <core.p4>
control c(in bool b) {
    table t {
        key = { b: lpm; }
        actions = { NoAction; }
        const entries = {
            true &&& true: NoAction();
        }
    }
    apply { t.apply(); }
}
