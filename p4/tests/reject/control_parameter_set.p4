// error: a set is no type of a parameter, 7.2.10.1
#include <core.p4>
control c(in set<bit<8>> x) { apply { } }
