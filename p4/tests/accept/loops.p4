// Forms of for (12.8).
#include <core.p4>
header H { bit<8> a; }
enum bit<8> F { x = 1, y = 9 }
bit<8> side(inout bit<8> x) {
    x = x + 1;
    return x;
}
control c(inout bit<8> v, inout H[3] hs, in bit<8> n) {
    apply {
        for (bit<8> i = 0; i < 5; i = i + 1) { v = v + i; }
        for (bit<8> i = 0, bit<16> j = 5, v = 0; i < n && j > 0; i += 1, j -= 1, side(v)) {
            if (i == 3) { continue; }
            if (j == 2) break;
            v = v + 1;
        }
        for (; v < 10; ) { v += 1; }
        for (v = 0; v < 10; v += 3) ;
        for (bit<8> i in 1 .. n) v = i;
        for (bit<16> i in 16w1 .. 3) { v = i[7:0]; }
        for (int<8> i in -3 .. 3) { if (i == 0) { break; } }
        for (H h in hs) { v = h.a; }
        for (bit<8> i in (list<bit<8>>){ 1, 2, 3 }) {
            for (bit<8> j in i .. 5) { v = v + j; }
        }
        @unroll for (bit<8> i in 0 .. 3) { v = i; }
    }
}
