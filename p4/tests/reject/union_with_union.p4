// error: a union contains headers only, 7.2.9
#include <core.p4>
header A { bit<8> x; }
header_union U { A a; }
header_union V { U u; }
