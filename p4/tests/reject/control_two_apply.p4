// error: a control has one apply block, 14
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = 1; }
    apply { x = 2; }
}
