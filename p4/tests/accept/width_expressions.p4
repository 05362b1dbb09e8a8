// Widths computed from constants, in parentheses (7.1.6.2).
#include <core.p4>
const bit<32> x = 10;
const bit<(x + 2)> y = 15;
const int N = 4;
typedef bit<(N * 2)> byte_t;
struct S {
    int<(N + 1)> a;
    varbit<(N << 4)> v;
    byte_t b;
}
const byte_t B = 0xff;
