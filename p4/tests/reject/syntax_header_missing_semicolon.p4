// error: a field ends in a semicolon, 7.2.2
#include <core.p4>
header H { bit<8> a }
