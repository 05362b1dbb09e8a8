// error: the values of an entry are known at compile time, 14.2.1.4
#include <core.p4>
control c(inout bit<8> x, inout bit<8> y) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
        const entries = {
            y: NoAction();
        }
    }
    apply { t.apply(); }
}
