// error: a function cannot apply a table, F
#include <core.p4>
void f(inout bit<8> x) { t.apply(); }
