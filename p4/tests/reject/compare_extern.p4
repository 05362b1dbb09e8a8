// error: equality is not defined on extern objects, 8.24
#include <core.p4>
extern E {
    E();
}
control c(out bool r) {
    E() e;
    apply { r = e == e; }
}
