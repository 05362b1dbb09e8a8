// error: a cast cannot change sign and width at once, 8.12.3
#include <core.p4>
control c(in bit<16> y, out int<8> z) {
    apply { z = (int<8>)y; }
}
