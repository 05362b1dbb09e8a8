// error: at most one @name on an element, 20.3.3.1
#include <core.p4>
control c(inout bit<8> x) {
    @name("p") @name("q")
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
