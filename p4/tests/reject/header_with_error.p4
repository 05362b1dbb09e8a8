// error: a header cannot contain an error, 7.2.9
#include <core.p4>
header H { error e; }
