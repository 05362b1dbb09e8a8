// error: ++ is not defined on bool, 8.10.1
#include <core.p4>
control c(inout bit<2> x, in bool y) {
    apply { x = y ++ 1w1; }
}
