// error: no table declarations in an apply block, 12.3
#include <core.p4>
control c(inout bit<8> x) {
    apply {
        table t {
            key = { x: exact; }
            actions = { NoAction; }
        }
        t.apply();
    }
}
