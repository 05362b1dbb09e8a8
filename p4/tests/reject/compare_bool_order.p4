// error: < is not defined on bool, 8.5
#include <core.p4>
control c(in bool x, in bool y, out bool r) {
    apply { r = x < y; }
}
