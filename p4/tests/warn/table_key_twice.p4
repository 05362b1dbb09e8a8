// 18.3: two keys that controllers cannot tell apart.
#include <core.p4>
header h_t { bit<8> a; }
control c(inout h_t h) {
    table t {
        key = {
            h.a: exact;
            (h . a): ternary;
            h.a[3:0]: exact;
        }
        actions = { NoAction; }
    }
    apply {
        t.apply();
    }
}
