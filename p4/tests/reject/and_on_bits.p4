// error: && needs bool operands, 8.5
#include <core.p4>
control c(in bit<1> x, out bool r) {
    apply { r = x && true; }
}
