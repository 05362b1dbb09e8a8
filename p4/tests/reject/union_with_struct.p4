// error: a union contains headers only, 7.2.5
#include <core.p4>
struct S { bit<8> a; }
header_union U { S s; }
