// error: assignment is not defined for extern values, 12.1
#include <core.p4>
extern E {
    E();
}
control c() {
    E() a;
    E() b;
    apply { a = b; }
}
