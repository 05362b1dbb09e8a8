// error: an #if without an #endif, 6.2
#include <core.p4>
#if 1
struct S { }
