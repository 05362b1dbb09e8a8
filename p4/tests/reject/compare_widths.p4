// error: == needs the same type on both sides, 8.7
#include <core.p4>
control c(in bit<8> x, in bit<16> y, out bool r) {
    apply { r = x == y; }
}
