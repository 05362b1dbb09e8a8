// error: the type of apply cannot be written, 14.2.2
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply {
        bool b = t.apply().action_run;
    }
}
