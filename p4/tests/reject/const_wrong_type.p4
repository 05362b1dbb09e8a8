// error: the initializer has another type, 11.1
#include <core.p4>
const bool A = 5;
