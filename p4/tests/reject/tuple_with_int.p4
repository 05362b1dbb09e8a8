// error: a tuple cannot contain an int, 7.2.9
#include <core.p4>
control c(in tuple<int, bool> t) { apply { } }
