// error: a union contains headers only, 7.2.5
#include <core.p4>
header_union U { bit<8> a; }
