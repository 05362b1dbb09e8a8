// error: a header cannot contain an int, 7.2.9
#include <core.p4>
header H { int i; }
