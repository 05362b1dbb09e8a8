// error: a slice needs H >= L, 8.7
#include <core.p4>
control c(in bit<8> x, out bit<3> y) {
    apply { y = x[2:4]; }
}
