// error: no table application in the arguments of an action, 14.2.1.2
#include <core.p4>
control c(inout bit<8> x) {
    action a(in bit<8> v) { x = v; }
    table u {
        key = { x: exact; }
        actions = { NoAction; }
    }
    table t {
        key = { x: exact; }
        actions = { a(u.apply().hit ? 8w5 : 8w3); NoAction; }
    }
    apply { t.apply(); }
}
