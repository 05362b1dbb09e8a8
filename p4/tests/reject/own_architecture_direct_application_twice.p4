// error: a control with a table is applied directly twice in one scope, 15.1
#include <core.p4>
control callee(inout bit<8> x) {
    action set() { x = 1; }
    table t {
        key = { x: exact; }
        actions = { set; }
    }
    apply {
        t.apply();
    }
}
control caller(inout bit<8> x) {
    apply {
        callee.apply(x);
        callee.apply(x);
    }
}
control block(inout bit<8> x);
package top(block b);
top(caller()) main;
