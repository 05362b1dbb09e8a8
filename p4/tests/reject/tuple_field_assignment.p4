// error: tuple fields are not l-values, 8.13
#include <core.p4>
control c(inout tuple<bit<8>, bool> t) {
    apply { t[0] = 1; }
}
