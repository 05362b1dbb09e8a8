// error: a parenthesis without its partner, G
#include <core.p4>
const bit<8> A = (1 + 2;
