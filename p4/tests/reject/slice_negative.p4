// error: a slice needs 0 <= L, 8.7
#include <core.p4>
control c(in bit<8> x, out bit<2> y) {
    apply { y = x[0:-1]; }
}
