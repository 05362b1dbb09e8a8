// error: a key names its match kind, 14.2.1.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
