// error: an #else without an #if, 6.2
#include <core.p4>
#else
struct S { }
