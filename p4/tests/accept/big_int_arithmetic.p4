// Arbitrary precision, checked at compile time (8.9, 19).
#include <core.p4>
const int A = 123456789012345678901234567890;
const int B = A * A;
const bool c0 = static_assert(B % A == 0);
const bool c1 = static_assert(B / A == A, "division");
const bool c2 = static_assert(-7 >> 1 == -4);
const bool c3 = static_assert((1 << 100) - 1 > 0xffff_ffff_ffff_ffff_ffff_ffff);
const bool c4 = static_assert((-1)[3:0] == 0xf);
const bool c5 = static_assert(7 / 2 == 3 && 7 % 2 == 1);
