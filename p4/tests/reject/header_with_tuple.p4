// error: a header cannot contain a tuple, 7.2.9
#include <core.p4>
header H { tuple<bit<8>, bit<8>> t; }
