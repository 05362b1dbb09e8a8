// Expressions that depend on precedence to be typed (8).
#include <core.p4>
control c(inout bit<8> x, in bit<8> y, in bool b, out bool r) {
    apply {
        r = x & 1 == 0;
        r = x | y ^ x & 7 < 5;
        r = b && x == y || !b && x != y;
        r = b == (x < y);
        x = b ? x : (b ? y : x + 1);
        x = b ? b ? x : y : x + 1;
        x = (x ++ y)[11:4];
        x = -x + ~y - +x;
        x = x << 1 + 1;
        r = x + 1 > y - 1 == true;
        x = (bit<8>)x[3:0] + 1;
        r = (bool)x[0:0];
    }
}
