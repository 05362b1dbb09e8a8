// error: a void function returns no value, 10
#include <core.p4>
void f() { return 1; }
