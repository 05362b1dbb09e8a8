// error: the result of a cast is no l-value, 6.7
#include <core.p4>
void f(out bit<16> x) { x = 1; }
control c(inout bit<8> y) {
    apply { f((bit<16>)y); }
}
