// `bit` is short for bit<1> (7.1.6.2).
#include <core.p4>
header H {
    bit a;
    bit<7> b;
}
const bit ONE = 1w1;
