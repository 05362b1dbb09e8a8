// error: a structure cannot contain a string, 7.2.9
#include <core.p4>
struct S { string s; }
