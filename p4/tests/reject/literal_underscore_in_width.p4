// error: no underscore in a width, 6.4.3.2
#include <core.p4>
const bit<16> A = 1_6w5;
