// error: setValid has no value, 8.18
#include <core.p4>
header H { bit<8> a; }
control c(inout H h, out bool r) {
    apply { r = h.setValid(); }
}
