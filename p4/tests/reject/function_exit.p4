// error: exit is not allowed in functions, 12.5
#include <core.p4>
void f() { exit; }
