// The counts of `push_front` and `pop_front` are known at compile time, constructor parameters too (8.20, 18.1).
#include <core.p4>
header H { bit<8> a; }
control shift(inout H[4] h)(int by, bit<8> back) {
    apply {
        h.push_front(by);
        h.push_front(by + 1);
        h.pop_front(back);
    }
}
control c(inout H[4] h) {
    shift(1, 2) once;
    shift(back = 3, by = 2) twice;
    apply {
        once.apply(h);
        twice.apply(h);
    }
}
control Shifter(inout H[4] h);
package Top(Shifter s);
Top(c()) main;
