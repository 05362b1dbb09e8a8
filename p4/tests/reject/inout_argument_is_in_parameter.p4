// error: an in parameter cannot be passed on as inout, 6.8
#include <core.p4>
void f(inout bit<8> x) { x = 1; }
control c(in bit<8> y) {
    apply { f(y); }
}
