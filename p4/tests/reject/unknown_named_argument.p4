// error: no parameter of that name, 8.22
#include <core.p4>
bit<8> f(in bit<8> x) { return x; }
control c(inout bit<8> v) {
    apply { v = f(z = v); }
}
