// More entries than the table's size (14.2.1.4).
#include <core.p4>
control c(inout bit<8> x) {
    action set(bit<8> v) { x = v; }
    table t {
        key = { x: exact; }
        actions = { set; NoAction; }
        const entries = { 1: set(1); 2: set(2); 3: set(3); }
        size = 2;
    }
    @noWarn("size") table quiet {
        key = { x: exact; }
        actions = { set; NoAction; }
        const entries = { 1: set(1); 2: set(2); 3: set(3); }
        size = 2;
    }
    apply {
        t.apply();
        quiet.apply();
    }
}
