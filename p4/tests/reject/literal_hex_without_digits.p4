// error: a base without digits, 6.4.3.2
#include <core.p4>
const bit<8> A = 0x;
