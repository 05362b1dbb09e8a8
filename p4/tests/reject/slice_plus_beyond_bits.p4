// error: a slice of no bits begins at a bit of the value, too, 8.7
#include <core.p4>
control c(in bit<8> x, out bit<0> y) {
    apply {
        y = x[9 +: 0];
    }
}
