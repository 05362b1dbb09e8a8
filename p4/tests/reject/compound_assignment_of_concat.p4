// error: ++= is not an operator, 12.1
#include <core.p4>
control c(inout bit<8> x) {
    apply { x ++= 8w1; }
}
