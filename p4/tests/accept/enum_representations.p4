// Serializable enums over typedefs, signed types and expressions (7.2.1).
#include <core.p4>
typedef bit<8> u8;
typedef u8 byte_t;
const bit<8> BASE = 0x10;
enum byte_t A {
    first = BASE,
    second = BASE + 1,
    third = (8w1 << 7) | 1,
    also_first = BASE
}
enum int<4> B { low = -8, high = 7 }
header H {
    A a;
    B b;
    bit<4> pad;
}
control c(inout H h, out bit<8> x, out bool r) {
    apply {
        x = h.a + A.second;
        r = h.a > A.first || h.b == B.low;
        h.a = (A)(A.first + A.second);
        h.b = (B)(int<4>)3;
    }
}
