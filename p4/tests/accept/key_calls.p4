// Calls and side effects in table keys (14.2.3).
#include <core.p4>
bit<8> f(in bit<8> a, inout bit<8> b) {
    b = a + 5;
    return a >> 1;
}
header H { bit<8> a; }
control c(inout bit<8> x, inout bit<8> y, inout H h, inout H[2] s) {
    table t {
        key = {
            y & 0x7: exact @name("masked_y");
            f(x, y): exact @name("f");
            y: exact;
            h.isValid(): exact;
            s[1].a: ternary;
            s[x].a: exact @name("dynamic");
            1w1: exact @name("one");
        }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
