// error: the `{` of a control is missing: said once, 14
#include <core.p4>
control c(inout bit<8> x)
    bit<8> y = 1;
    action a() { x = y; }
    table t {
        key = { x: exact; }
        actions = { a; NoAction; }
    }
    apply { t.apply(); }
}
