// error: one absolute name for the tables of two instances, 20.3.3.1
#include <core.p4>
control noargs();
package top(noargs c1, noargs c2);
control c() {
    @name(".foo.bar") table t {
        actions = { NoAction; }
    }
    apply {
        t.apply();
    }
}
top(c(), c()) main;
