// error: a void function has no value, 7.1.1
#include <core.p4>
void f() { }
control c(inout bit<8> x) {
    apply { x = f(); }
}
