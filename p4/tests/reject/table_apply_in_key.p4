// error: a table cannot be applied in its own key, 6.6.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { t.apply().hit: exact @name("k"); }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
