// error: ! is defined on bool only, 8.5
#include <core.p4>
control c(inout bit<1> x) {
    apply { x = !x; }
}
