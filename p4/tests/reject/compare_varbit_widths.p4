// error: varbits are compared only if they have the same type, 8.11
#include <core.p4>
header H { varbit<8> a; varbit<16> b; }
control c(in H h, out bool r) {
    apply { r = h.a == h.b; }
}
