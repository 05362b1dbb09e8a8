// error: a slice of a bool, 8.5
#include <core.p4>
control c(in bool x, out bit<1> y) {
    apply { y = x[0:0]; }
}
