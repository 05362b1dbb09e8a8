// error: no action parameters of type int, 7.1.6.5
#include <core.p4>
control c(inout bit<8> x) {
    action a(int v) { x = 1; }
    apply { a(1); }
}
