// error: the branches of ?: must have the same type, 8.5.1
#include <core.p4>
control c(inout bit<8> x, in bit<16> y, in bool b) {
    apply { x = b ? x : y; }
}
