// error: the same name declared twice at the top level, 6.6.1
#include <core.p4>
const bit<8> A = 1;
const bit<8> A = 2;
