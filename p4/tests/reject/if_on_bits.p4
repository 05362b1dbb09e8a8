// error: a condition must be Boolean, 12.6
#include <core.p4>
control c(inout bit<1> x) {
    apply {
        if (x) { x = 0; }
    }
}
