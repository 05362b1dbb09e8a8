// error: a header cannot contain a string, 7.2.9
#include <core.p4>
header H { string s; }
