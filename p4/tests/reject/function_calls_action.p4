// error: a function cannot call an action, F
#include <core.p4>
action a(inout bit<8> x) { x = 1; }
void f(inout bit<8> x) { a(x); }
