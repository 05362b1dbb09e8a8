// Operands of different widths and signs where they are allowed (8.10).
#include <core.p4>
enum bit<8> E { a = 5 }
control c(inout bit<8> x, inout int<8> z, inout bit<16> y, inout int<16> w) {
    apply {
        y = x ++ x;
        w = z ++ x;
        y = x ++ z;
        x = x << y;
        z = z >> x;
        y = E.a ++ 8w0;
        y = 16w11 << E.a;
        x = x[E.a:0] ++ 2w0;
        x = E.a << 1;
        x = 8w1 << (x << y);
        x = x >> 3w7;
    }
}
