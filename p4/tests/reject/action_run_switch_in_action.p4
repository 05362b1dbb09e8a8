// error: a switch on action_run is for apply blocks only, 12.7.1
#include <core.p4>
control c(inout bit<8> x) {
    table t {
        key = { x: exact; }
        actions = { NoAction; }
    }
    action a() {
        switch (t.apply().action_run) {
            NoAction: { }
        }
    }
    apply { a(); }
}
