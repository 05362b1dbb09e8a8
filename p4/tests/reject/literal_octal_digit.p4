// error: a digit that the base does not have, 6.4.3.2
#include <core.p4>
const bit<8> A = 0o18;
