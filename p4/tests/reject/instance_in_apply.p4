// error: no instances in an apply block, 11.3
#include <core.p4>
control d() { apply { } }
control c() {
    apply {
        d() inst;
        inst.apply();
    }
}
