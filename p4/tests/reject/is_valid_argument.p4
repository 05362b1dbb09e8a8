// error: isValid takes no arguments, 8.18
#include <core.p4>
header H { bit<8> a; }
control c(in H h, out bool r) {
    apply { r = h.isValid(1); }
}
