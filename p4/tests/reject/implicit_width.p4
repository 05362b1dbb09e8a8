// error: a value of another width is not cast in an assignment, 8.12.2
#include <core.p4>
control c(in bit<8> x, out bit<16> y) {
    apply { y = x; }
}
