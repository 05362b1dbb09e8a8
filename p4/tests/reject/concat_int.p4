// error: ++ needs operands with a width, 8.10.1
#include <core.p4>
control c(inout bit<16> x, in bit<8> y) {
    apply { x = y ++ 1; }
}
