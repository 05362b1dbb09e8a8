// error: an action named by two labels of a switch, 12.7.3
#include <core.p4>
control c(inout bit<8> x) {
    action a() { }
    table t {
        key = { x: exact; }
        actions = { a; NoAction; }
    }
    apply {
        switch (t.apply().action_run) {
            a: { x = 1; }
            a: { x = 2; }
        }
    }
}
