// error: a package cannot be instantiated in a control, F
#include <core.p4>
control C();
package P(C c);
control mine() { apply { } }
control outer() {
    P(mine()) p;
    apply { }
}
