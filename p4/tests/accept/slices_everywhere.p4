// Slices of variables, calls, constants and slices, and [L+:W] (8.7).
#include <core.p4>
const int BIG = 0xabcdef;
bit<16> f() { return 0x1234; }
enum bit<4> At { lo = 2, hi = 5 }
control c(inout bit<32> x, inout int<8> s, out bit<4> r, in bit<5> i) {
    apply {
        r = x[7:0][5:2];
        r = f()[11:8];
        r = BIG[7:4];
        r = s[7:4];
        r = x[At.hi:At.lo];
        r = x[4+:4];
        x[31:16][7:0] = 8w5;
        x[8+:4] = r;
        x[3:0] = (x + 1)[31:28];
    }
}
