// A signed integer of one bit has the values 0 and -1 (7.1.6.3).
#include <core.p4>
const int<1> MINUS = -1;
const bool OK = static_assert(MINUS < 0);
