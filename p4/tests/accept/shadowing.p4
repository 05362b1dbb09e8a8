// Inner names hide outer ones, the top level is reached by a dot (6.9).
#include <core.p4>
const bit<4> x = 1;
struct S { bit<8> x; }
control p(inout S s) {
    const bit<8> x = 8;
    const bit<4> y = .x;
    const bit<8> z = x;
    action a(bit<16> x) {
        s.x = x[7:0];
        {
            bool x = true;
            if (x) { s.x = 1; }
        }
    }
    apply {
        int<32> x = 0;
        x = x + 1;
        s.x = z + (bit<8>)y;
        a(5);
    }
}
