// error: a control cannot apply itself, F
#include <core.p4>
control c(inout bit<8> x) {
    apply { c.apply(x); }
}
