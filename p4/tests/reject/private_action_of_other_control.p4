// error: declarations within a control are private, 6.10
#include <core.p4>
control c(inout bit<8> x) {
    action a() { x = 1; }
    apply { a(); }
}
control d(inout bit<8> x) {
    apply { a(); }
}
