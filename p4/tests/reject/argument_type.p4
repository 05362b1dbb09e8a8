// error: an argument of another type, 8.22
#include <core.p4>
bit<8> f(in bit<8> x) { return x; }
control c(inout bit<8> y, in bool b) {
    apply { y = f(b); }
}
