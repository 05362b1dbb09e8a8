// error: no states in a control, 14
#include <core.p4>
control c() {
    state start { transition accept; }
    apply { }
}
