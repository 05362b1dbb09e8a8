// error: string parameters are directionless, 7.1.5
#include <core.p4>
extern void f(in string s);
