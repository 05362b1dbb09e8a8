// error: saturating arithmetic is not defined on arbitrary-precision integers, 8.9
#include <core.p4>
const int A = 5 |+| 3;
