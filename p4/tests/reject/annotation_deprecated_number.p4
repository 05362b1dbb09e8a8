// error: @deprecated takes a string, 20.3.7
#include <core.p4>
@deprecated(5)
extern void f();
