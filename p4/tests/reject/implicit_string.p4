// error: a string is no number, 8.6
#include <core.p4>
const bit<8> A = "1";
