// error: two controllable entities of one fully-qualified name, 18.3.3
#include <core.p4>
control c(inout bit<8> x) {
    @name("t") table t1 {
        key = { x: exact; }
        actions = { NoAction; }
    }
    @name("t") table t2 {
        key = { x: exact; }
        actions = { NoAction; }
    }
    apply {
        t1.apply();
        t2.apply();
    }
}
control C(inout bit<8> x);
package P(C c);
P(c()) main;
