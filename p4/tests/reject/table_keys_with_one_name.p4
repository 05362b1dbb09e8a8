// error: two keys of one name, 18.3.2
#include <core.p4>
control c(in bit<8> a, in bit<8> b) {
    table t {
        key = {
            a: exact @name("key");
            b: exact @name("key");
        }
        actions = { NoAction; }
    }
    apply {
        t.apply();
    }
}
