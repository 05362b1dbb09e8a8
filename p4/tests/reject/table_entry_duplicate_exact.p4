// error: two entries with the same exact key, 14.2.1.4.1
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    table t {
        key = { x: exact; }
        actions = { a; NoAction; }
        const entries = {
            1: a();
            0x01: NoAction();
        }
    }
    apply { t.apply(); }
}
