// error: < does not mix signed and unsigned, 8.12.3
#include <core.p4>
control c(in bit<8> x, in int<8> y, out bool r) {
    apply { r = x < y; }
}
