// error: a string without an end, 6.4.3.3
#include <core.p4>
@name("abc)
struct S { }
