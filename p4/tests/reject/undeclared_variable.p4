// error: use of a name that is not declared, 6.9
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = y; }
}
