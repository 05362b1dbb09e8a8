// error: a control cannot be a run-time parameter, F
#include <core.p4>
control C(inout bit<8> x);
control d(C inner, inout bit<8> x) {
    apply { }
}
