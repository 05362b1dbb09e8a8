// error: the apply block is the last part of a control, 14
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = 1; }
    action a() { }
}
