// error: the target of a varbit assignment has the same static width, 8.11
#include <core.p4>
header H { varbit<8> a; varbit<16> b; }
control c(inout H h) {
    apply { h.a = h.b; }
}
