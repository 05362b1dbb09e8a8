// error: a header cannot contain a header, 7.2.9
#include <core.p4>
header A { bit<8> x; }
header B { A a; }
