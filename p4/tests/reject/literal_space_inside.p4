// error: no white space within a literal, 6.4.3.2
#include <core.p4>
const bit<8> A = 8 w5;
