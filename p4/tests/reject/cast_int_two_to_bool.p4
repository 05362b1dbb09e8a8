// error: only the ints 0 and 1 convert to bool, 8.12.1
#include <core.p4>
const bool A = (bool)2;
