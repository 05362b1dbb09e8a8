// error: a structure cannot be matched by longest prefix, 14.2.1.1
#include <core.p4>
struct S { bit<8> a; }
control c(in S s) {
    table t {
        key = { s: lpm; }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
