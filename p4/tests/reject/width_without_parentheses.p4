// error: an expression for the width needs parentheses, 7.1.6.2
#include <core.p4>
const bit<32> N = 8;
const bit<N> A = 1;
