// error: a structure cannot contain void, 7.2.9
#include <core.p4>
struct S { void v; }
