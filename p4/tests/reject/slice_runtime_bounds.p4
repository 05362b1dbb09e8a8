// error: the bounds of a slice are known at compile time, 8.7
#include <core.p4>
control c(in bit<8> x, in bit<8> i, out bit<1> y) {
    apply { y = x[i:i]; }
}
