// error: a structure cannot contain itself, 6.6.1
#include <core.p4>
struct S { S s; }
