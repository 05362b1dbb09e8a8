// error: an int shifted by a run-time amount has no width, 8.12.3
#include <core.p4>
control c(inout bit<8> x) {
    apply { x = 1 << x; }
}
