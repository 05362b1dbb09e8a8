// error: an extern function returns a value type, F
#include <core.p4>
extern E {
    E();
}
extern E make();
