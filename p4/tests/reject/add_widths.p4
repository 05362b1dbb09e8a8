// error: both operands of + need the same width, 8.7
#include <core.p4>
control c(inout bit<8> x, inout bit<16> y) {
    apply { y = x + y; }
}
