// error: += needs operands of one width, 12.1
#include <core.p4>
control c(inout bit<8> x, in bit<16> y) {
    apply { x += y; }
}
