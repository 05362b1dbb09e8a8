// error: controls cannot be overloaded, 7.2.11.2
#include <core.p4>
control c(inout bit<8> x) { apply { } }
control c(inout bit<8> x, inout bit<8> y) { apply { } }
