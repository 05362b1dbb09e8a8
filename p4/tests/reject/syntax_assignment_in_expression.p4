// error: an assignment is not an expression, 12.1
#include <core.p4>
control c(inout bit<8> x, inout bit<8> y) {
    apply { x = y = 1; }
}
