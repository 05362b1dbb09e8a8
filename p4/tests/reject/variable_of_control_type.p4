// error: controls are instantiated, not declared as variables, 11.2
#include <core.p4>
control d() { apply { } }
control c() {
    d e;
    apply { }
}
