// error: a bool and a number cannot be compared, 8.5
#include <core.p4>
control c(in bool b, out bool r) {
    apply { r = b == 1; }
}
