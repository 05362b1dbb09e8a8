// error: @name takes a value known at compile time, 20.3.3
#include <core.p4>
control c(inout bit<8> x) {
    @name(x) table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
