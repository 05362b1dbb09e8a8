// error: shifting by a negative amount is illegal, 8.10.2
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = x << -1; }
}
