// error: an out argument must be an l-value, 6.8
#include <core.p4>
void f(out bit<8> x) { x = 1; }
control c() {
    apply { f(1); }
}
