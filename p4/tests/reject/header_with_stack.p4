// error: a header cannot contain a stack, 7.2.9
#include <core.p4>
header A { bit<8> x; }
header H { A[2] s; }
