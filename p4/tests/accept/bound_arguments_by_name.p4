// Arguments of a table's actions by name, in any order; the bound ones are repeated (14.2.1.2, 14.2.1.3).
#include <core.p4>
control c(inout bit<8> x, inout bit<8> y) {
    action a(in bit<8> q, inout bit<8> r, bit<8> d) { r = q + d; }
    table t {
        key = { x: exact; }
        actions = { a(r = y, q = x + 1); }
        default_action = a(d = 5, q = x + 1, r = y);
        entries = {
            1: a(x + 1, y, 3);
            2: a(q = x + 1, d = 4, r = y);
        }
    }
    apply { t.apply(); }
}
