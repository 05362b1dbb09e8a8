// Actions with directions, called with names, within and without controls (14.1).
#include <core.p4>
action top(in bit<8> a, inout bit<8> b, out bit<8> x, bit<8> v, bool w) {
    x = a + v;
    b = w ? b : a;
}
control c(inout bit<8> x) {
    action local(bit<8> v) {
        bit<8> t;
        const bit<8> K = 3;
        top(v, x, t, K, v == 1);
        x = t;
        for (bit<8> i in 0 .. 3) { x = x + i; }
        if (x == 7) { return; }
        exit;
    }
    action caller() { local(x + 1); local(v = 4); }
    apply {
        caller();
        bit<8> u;
        top(a = 1, b = x, x = u, v = x, w = true);
    }
}
