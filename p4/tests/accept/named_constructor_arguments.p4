// Constructors called with named arguments (8.23).
#include <core.p4>
control d(inout bit<8> x)(bit<8> a, bool b) {
    apply {
        if (b) { x = a; }
    }
}
control c(inout bit<8> x) {
    d(b = true, a = 1) one;
    d(2, false) two;
    apply {
        one.apply(x);
        two.apply(x = x);
    }
}
