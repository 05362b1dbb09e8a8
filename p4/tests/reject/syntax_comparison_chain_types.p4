// error: a comparison has type bool and cannot be compared with a number, 8.7
#include <core.p4>
control c(in bit<8> x, out bool r) {
    apply { r = 1 < x < 3; }
}
