// error: not enough arguments, 8.22
#include <core.p4>
bit<8> f(in bit<8> x, in bit<8> y) { return x; }
control c(inout bit<8> y) {
    apply { y = f(y); }
}
