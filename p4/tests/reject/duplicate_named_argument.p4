// error: an argument specified twice, 8.22
#include <core.p4>
bit<8> f(in bit<8> x, in bit<8> y) { return x + y; }
control c(inout bit<8> v) {
    apply { v = f(x = 1, x = 2); }
}
