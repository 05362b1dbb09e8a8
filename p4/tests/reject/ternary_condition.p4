// error: the first operand of ?: must be Boolean, 8.5.1
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = x ? 8w1 : 8w2; }
}
