// error: controls cannot be passed to an extern, F
#include <core.p4>
control C();
extern E {
    E(C c);
}
