// error: an error and a number cannot be compared, 8.2
#include <core.p4>
control c(in error e, out bool r) {
    apply { r = e == 0; }
}
