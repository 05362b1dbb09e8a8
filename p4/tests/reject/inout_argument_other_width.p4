// error: out and inout arguments must match exactly, 8.22
#include <core.p4>
void f(inout bit<16> x) { x = 1; }
control c(inout bit<8> y) {
    apply { f(y); }
}
