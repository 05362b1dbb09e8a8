// Reading what was never written is undefined, not forbidden (8.27).
#include <core.p4>
header H { bit<8> a; }
control c(inout bit<8> x, out bit<8> never_written) {
    bit<8> unused;
    H h;
    action unused_action() { }
    table unused_table {
        key = { x: exact; }
        actions = { unused_action; }
        default_action = unused_action();
    }
    apply {
        bit<8> t;
        x = t + h.a;
        h.a = 1;
    }
}
