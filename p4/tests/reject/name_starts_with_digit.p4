// error: an identifier does not begin with a digit, 6.4.1
#include <core.p4>
const bit<8> 9lives = 1;
