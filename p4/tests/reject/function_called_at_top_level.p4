// error: no calls at the top level but static_assert, F
#include <core.p4>
bit<8> f() { return 1; }
const bit<8> A = f();
