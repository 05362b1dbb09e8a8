// error: a structure cannot contain a list, 7.2.9
#include <core.p4>
struct S { list<bit<8>> l; }
