// error: an action cannot call itself, F
#include <core.p4>
control c(inout bit<8> x) {
    action a() { a(); }
    apply { a(); }
}
