// error: a structure in a header has only serializable leaves, 7.2.2
#include <core.p4>
struct S { error e; }
header H { S s; }
