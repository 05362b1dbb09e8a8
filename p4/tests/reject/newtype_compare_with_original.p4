// error: comparing the new type with its original, 8.25
#include <core.p4>
type bit<8> T;
control c(in T x, in bit<8> y, out bool r) {
    apply { r = x == y; }
}
