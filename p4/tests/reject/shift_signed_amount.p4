// error: the right operand of a shift cannot be signed, 8.12.3
#include <core.p4>
control c(inout bit<8> x, in int<8> z) {
    apply { x = x << z; }
}
