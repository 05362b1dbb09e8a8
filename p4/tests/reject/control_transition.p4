// error: no transition in a control, 12
#include <core.p4>
control c(inout bit<8> x) {
    apply { transition accept; }
}
