// error: a constant where a type is needed, 7
#include <core.p4>
const bit<8> T = 1;
control c(inout T x) { apply { } }
