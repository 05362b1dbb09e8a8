// error: uses of a symbol must follow its declaration, 6.6.1
#include <core.p4>
const bit<8> A = B;
const bit<8> B = 1;
