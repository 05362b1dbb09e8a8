// error: a width is a number, 7.1.6.2
#include <core.p4>
const bit<(true)> A = 1;
