// error: an action in the list that is not declared, 14.2.1.2
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { missing; }
    }
    apply { t.apply(); }
}
