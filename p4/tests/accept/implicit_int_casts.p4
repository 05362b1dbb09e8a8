// int is cast to the other operand's type; an overflow is a warning only (8.12.2).
#include <core.p4>
control c(inout bit<8> x, inout int<8> z, inout bit<16> y, out bool r) {
    apply {
        x = x + 1;
        x = 2 * x - 3;
        r = z < 0;
        x = x | 0xFFF;
        y = y << 256;
        z = -5;
        x = -1;
    }
}
