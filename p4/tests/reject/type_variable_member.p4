// error: a type variable has no members, 8.26
#include <core.p4>
bit<8> get<T>(in T a) { return a.x; }
