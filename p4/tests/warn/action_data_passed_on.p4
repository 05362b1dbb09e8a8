// 6.8: what a directionless parameter of a function gets is known at compile time, which action data is not.
#include <core.p4>
extern void tell(bit<8> what);
bit<8> next(bit<8> what) { return what + 1; }
control c(out bit<8> v) {
    action a(bit<8> n) {
        tell(n);
        v = next(n + 1) + next(3);
    }
    apply {
        a(1);
    }
}
