// error: a label that is no action of the table, 12.7.1
#include <core.p4>
control c(inout bit<8> x) {
    action a() { }
    action b() { }
    table t {
        key = { x: exact; }
        actions = { a; }
        default_action = a();
    }
    apply {
        switch (t.apply().action_run) {
            b: { x = 1; }
        }
    }
}
