// error: a signed value is not cast in an assignment, 8.12.2
#include <core.p4>
control c(in int<8> x, out bit<8> y) {
    apply { y = x; }
}
