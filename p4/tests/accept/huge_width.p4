// Very wide bit-strings are legal (7.1.6.1).
#include <core.p4>
header H { bit<4096> a; }
const bit<2048> A = 1 << 2047;
const int B = 1 << 5000;
