// error: a string has no width, 8.6
#include <core.p4>
const bit<16> A = "ab" ++ "cd";
