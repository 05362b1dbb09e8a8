// error: an inout argument must be an l-value, 6.8
#include <core.p4>
void f(inout bit<8> x) { x = 1; }
control c(inout bit<8> y) {
    apply { f(y + 1); }
}
