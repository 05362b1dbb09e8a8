// Equal local names in different controls and instances (18.3).
#include <core.p4>
control leaf(inout bit<8> x) {
    action set(bit<8> v) { x = v; }
    table t {
        key = { x: exact; }
        actions = { set; NoAction; }
    }
    apply { t.apply(); }
}
control left(inout bit<8> x) {
    leaf() t;
    apply { t.apply(x); }
}
control right(inout bit<8> x) {
    leaf() t;
    leaf() u;
    apply {
        t.apply(x);
        u.apply(x);
    }
}
control C(inout bit<8> x);
package P(C a, C b, C c);
P(left(), right(), right()) main;
