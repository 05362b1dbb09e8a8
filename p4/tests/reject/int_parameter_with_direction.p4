// error: int parameters are directionless, 7.1.6.5
#include <core.p4>
control c(in int x) {
    apply { }
}
