// error: there is no operator ++ of one operand, 8
#include <core.p4>
control c(inout bit<8> x) {
    apply { x++; }
}
