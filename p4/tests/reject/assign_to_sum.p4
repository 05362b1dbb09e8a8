// error: an expression is no l-value, 6.7
#include <core.p4>
control c(inout bit<8> x) {
    apply { (x + 1) = x; }
}
