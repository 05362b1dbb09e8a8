// error: the default action repeats what is bound in the list, by name too, 14.2.1.3
#include <core.p4>
control c(inout bit<8> x, inout bit<8> y) {
    action a(in bit<8> q, bit<8> d) { x = q + d; }
    table t {
        key = { x: exact; }
        actions = { a(q = x); }
        default_action = a(d = 5, q = y);
    }
    apply { t.apply(); }
}
