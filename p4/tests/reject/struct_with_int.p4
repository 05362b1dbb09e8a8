// error: a structure cannot contain an int, 7.2.9
#include <core.p4>
struct S { int i; }
