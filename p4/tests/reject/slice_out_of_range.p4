// error: a slice needs H < W, 8.7
#include <core.p4>
control c(in bit<8> x, out bit<2> y) {
    apply { y = x[8:7]; }
}
