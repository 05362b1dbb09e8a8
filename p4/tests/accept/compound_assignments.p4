// Compound assignments on variables, fields, slices and elements (12.1).
#include <core.p4>
header H { bit<8> a; }
control c(inout bit<8> x, inout H[2] s, inout int<8> z, in bit<8> i) {
    apply {
        x += 1;
        x -= x;
        x *= 2;
        x /= 3;
        x %= 7;
        x <<= 1;
        x >>= i;
        x &= 0xf;
        x |= 1;
        x ^= x;
        x |+|= 5;
        x |-|= i;
        s[1].a += 1;
        s[i].a[3:0] |= 1;
        x[7:4] ^= 0xf;
        z >>= 1;
        z -= 5;
    }
}
