// error: _ can only be used for out arguments, 8.22
#include <core.p4>
void f(in bit<8> x) { }
control c() {
    apply { f(_); }
}
