// error: a structure in a header cannot contain a varbit, 7.2.9
#include <core.p4>
struct S { varbit<8> v; }
header H { S s; }
