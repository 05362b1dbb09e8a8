// error: errors have only == and !=, 8.2
#include <core.p4>
control c(in error x, out bool r) {
    apply { r = x >= error.NoMatch; }
}
