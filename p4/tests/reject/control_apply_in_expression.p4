// error: the apply of a control has no value, 14.4
#include <core.p4>
control d() { apply { } }
control c(out bit<8> x) {
    d() inst;
    apply { x = inst.apply(); }
}
