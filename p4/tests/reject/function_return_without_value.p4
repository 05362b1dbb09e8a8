// error: a function with a result returns a value, 10
#include <core.p4>
bit<8> f() { return; }
