// error: a string has no casts, 8.12.1
#include <core.p4>
const bit<8> A = (bit<8>)"a";
